#!/bin/bash
# Init container: waits until the database lets Odoo in, and installs the business's
# modules where nothing is installed yet. A restored database is left as it is.
set -euo pipefail
: "${ODOO_CONF:=/etc/odoo/odoo.conf}" "${HF_WAIT:=0.2}"

# libpq ignores a password file that its group may read, and a secret's files are of a group's.
PGPASSFILE=/tmp/pgpass
export PGPASSFILE
install -m 0600 "$HF_PGPASS" "$PGPASSFILE"

ask() { psql --no-psqlrc --quiet --no-align --tuples-only --command="$1"; }

say() { printf '{"level":30,"time":%s,"event":"%s"}\n' "$(date +%s%3N)" "$1"; }

# The service has no endpoint until the steward has said "ready": a connection is the whole test. The shell's own comes
# first: a psql five times a second would take its share of a processor from the restore that is waited for.
is_open() { (exec 3<>"/dev/tcp/$PGHOST/${PGPORT:-5432}") 2>/dev/null; }
say waiting
until is_open && ask 'select 1' >/dev/null 2>&1; do sleep "$HF_WAIT"; done
say connected

# The last thing that an installation writes; without it an interrupted one is repeated, which is safe.
finished="select count(*) from ir_config_parameter where key = 'holdfast.initialised'"
if [[ $(ask "$finished" 2>/dev/null) == 1 ]]; then
	say kept
	exit 0
fi

say installing
odoo --config="$ODOO_CONF" --database="$PGDATABASE" --init="$ODOO_MODULES" --without-demo=all \
	--stop-after-init --no-http --workers=0 --max-cron-threads=0 --log-level=warn
odoo shell --config="$ODOO_CONF" --database="$PGDATABASE" --no-http --log-level=warn </holdfast/odoo/first-settings.py
say installed
