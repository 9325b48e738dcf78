#!/bin/bash
# A CronJob's logical dump: each database by pg_dump, into a restic repository in
# the third place: encrypted there with the repository's passphrase, what did not
# change stored once, old ones forgotten by a rule of their own. A second way back
# that depends neither on PostgreSQL's version nor on any physical backup.
#
#   HF_DUMP_HOST, HF_DUMP_PORT, HF_DUMP_ROLE   the server, and a role that reads every table; its password in $HF_DUMP_SECRET/password
#   HF_DUMP_URL                                restic's repository (s3:https://HOST:PORT/BUCKET/PATH)
#   HF_DUMP_KEEP_DAILY, HF_DUMP_KEEP_WEEKLY
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
# shellcheck source=job.sh
. "$HF_BIN/job.sh"
repository=offsite
: "${HF_DUMP_SECRET:=/etc/holdfast/dump}"

keep_secrets_in_files() {
	umask 077
	conf_value "job-$repository" repo1-cipher-pass >"$work/passphrase"
	printf '*:*:*:%s:%s\n' "$HF_DUMP_ROLE" "$(cat "$HF_DUMP_SECRET/password")" >"$work/pgpass"
	export RESTIC_PASSWORD_FILE=$work/passphrase RESTIC_REPOSITORY=$HF_DUMP_URL RESTIC_CACHE_DIR=$work/cache
	AWS_DEFAULT_REGION=$(conf_value "job-$repository" repo1-s3-region)
	export AWS_DEFAULT_REGION
	give_identity
	export PGPASSFILE=$work/pgpass PGHOST=$HF_DUMP_HOST PGPORT=$HF_DUMP_PORT PGUSER=$HF_DUMP_ROLE
	export PGSSLMODE=verify-full PGSSLROOTCERT=${HF_TLS:-/etc/holdfast/tls}/ca.crt PGCONNECT_TIMEOUT=10
}

# restic takes a role by itself (as_role), at the region's STS, and renews it.
give_identity() {
	local role
	role_of "job-$repository"
	if [[ -n $role ]]; then
		export AWS_REGION=$AWS_DEFAULT_REGION
	else
		AWS_ACCESS_KEY_ID=$(conf_value "job-$repository" repo1-s3-key)
		AWS_SECRET_ACCESS_KEY=$(conf_value "job-$repository" repo1-s3-key-secret)
		export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	fi
}

restic_here() {
	as_role "job-$repository" restic --cacert "$(conf_value "job-$repository" repo1-storage-ca-file)" --option s3.bucket-lookup=path "$@"
}

make_repository() {
	restic_here cat config >/dev/null 2>"$work/said" && return
	# 10: there is none. Anything else (no answer, another passphrase) must not make a second one.
	(($? == 10)) || return 1
	restic_here init >/dev/null 2>"$work/said"
}

databases() { sql postgres -c 'select datname from pg_database where datallowconn and not datistemplate order by 1'; }

# The dump's own status counts: restic stores nothing of one that fails.
dump() { # DATABASE
	restic_here backup --json --host "$HF_SITE" --tag "epoch=$HF_EPOCH" --tag "database=$1" \
		--stdin-filename "/$1.dump" --stdin-from-command -- \
		pg_dump --format=custom --compress=none --no-password --dbname="$1"
}

dump_all() {
	local name line
	make_repository || return
	# Only locks of runs that are gone: one that is alive renews its own.
	restic_here unlock --quiet 2>"$work/said" || return
	databases >"$work/databases" 2>"$work/said" || return
	# Roles and their grants are of no database; passwords stay at the site.
	while read -r name; do
		line=$(dump "$name" 2>"$work/said" | jq -c 'select(.message_type == "summary")') || return
		[[ -n $line ]] || return 1
		# shellcheck disable=SC2016 # jq's variables
		jq -c --arg database "$name" '{$database, snapshot: .snapshot_id[:8], bytes: .total_bytes_processed, added: .data_added_packed}' \
			<<<"$line" >>"$work/dumps"
	done <"$work/databases"
	restic_here forget --quiet --host "$HF_SITE" --group-by host,paths --keep-daily "$HF_DUMP_KEEP_DAILY" \
		--keep-weekly "$HF_DUMP_KEEP_WEEKLY" --prune >/dev/null 2>"$work/said" || return
	# Read back: the repository's index and every snapshot's tree.
	restic_here check --quiet >/dev/null 2>"$work/said"
}

job_begin logical-dump logical-dump "$repository"
status=0 ended_early=''
work=$(mktemp -d)
touch "$work/dumps" "$work/said"
keep_secrets_in_files
run_to_its_end dump_all || status=$?
detail=$(jq -cs '{bytes: (map(.added) | add // 0), dumps: .}' "$work/dumps")
said=$(tail -n 3 "$work/said" | tr '\n' ' ' | cut -c -400)
rm -rf "$work"
if [[ -n $ended_early ]]; then
	job_end failed "ended from outside (deadline, or its node)" "$detail"
	exit 1
elif ((status != 0)); then
	job_end failed "status $status: $said" "$detail"
	exit "$status"
fi
job_end "done" '' "$detail"
