#!/bin/bash
# PostgreSQL's archive_command: %p. Its status is that of the third place's
# repository alone. The site's own store gets a short time and a breaker: dead
# or blackholed, it costs neither the archive's lag nor pg_wal's space; what it
# misses is marked as a gap, and the steward mends it by a full backup there.
set -euo pipefail
: "${HF_CONFIG:=/etc/holdfast/pgbackrest}" "${HF_STATE:=/run/holdfast}" "${HF_STANZA:=main}"
: "${HF_VOLUME:=/var/lib/postgresql/data}" "${HF_SITE_PUSH_TIMEOUT:=5}" "${HF_BREAKER_SECONDS:=60}"

# shellcheck source=role.sh
. "${HF_BIN:=/holdfast/bin}/role.sh"

segment=$1
breaker=$HF_STATE/breaker-site
gap=$HF_VOLUME/holdfast-gap-site

[[ -e $HF_STATE/archive-open ]] || {
	echo "archive-push.sh: the archive of this epoch is not open yet" >&2
	exit 1 # PostgreSQL keeps the segment and asks again
}

push() { # REPOSITORY [PREFIX COMMAND...]
	as_role "archive-$1" "${@:2}" pgbackrest --config="$HF_CONFIG/archive-$1.conf" --stanza="$HF_STANZA" --log-level-console=warn \
		archive-push "$segment"
}

# The identity by its access key's or its role's name, which is no secret: whoever revoked it knows it by that.
push offsite || {
	status=$?
	identity=$(sed -n -e 's/^repo1-s3-key=//p' -e '1s/^# role=//p' "$HF_CONFIG/archive-offsite.conf" 2>/dev/null || true)
	echo "archive-push.sh: the offsite repository did not take ${segment##*/} (status $status), asked as ${identity:-nobody}" >&2
	exit "$status"
}

miss() {
	echo "archive-push.sh: $segment is missing at the site's own store: $1" >&2
	# Its time is the last miss's, so that a full backup knows whether it came after all of them.
	echo "${segment##*/}" >>"$gap"
}

breaker_is_open() {
	[[ -e $breaker ]] && (($(date +%s) - $(stat -c %Y "$breaker") < HF_BREAKER_SECONDS))
}

if [[ ! -e $HF_STATE/site-open ]]; then
	miss "its stanza is not there yet"
elif breaker_is_open; then
	miss "the breaker is open"
else
	# --kill-after: a process that hangs in a dropped connection does not end by TERM in time.
	status=0
	push site timeout --kill-after=1 "$HF_SITE_PUSH_TIMEOUT" || status=$?
	if ((status == 0)); then
		rm -f "$breaker"
	else
		touch "$breaker"
		miss "status $status"
	fi
fi
exit 0
