#!/bin/bash
# PostgreSQL's restore_command: %f %p. The new epoch's path first (WAL written
# after a promotion whose first full backup never ended), then the source's.
# PostgreSQL takes any status up to 125 as "there is no such segment", ends
# recovery and promotes: an unreachable repository would silently cost data. So
# only pgBackRest's own "not found" (1) is passed on as such; a lasting error
# is 254, on which PostgreSQL stops.
set -euo pipefail
: "${HF_CONFIG:=/etc/holdfast/pgbackrest}" "${HF_STATE:=/run/holdfast}" "${HF_STANZA:=main}" "${HF_GET_RETRIES:=5}"

# shellcheck source=role.sh
. "${HF_BIN:=/holdfast/bin}/role.sh"

get() { # CONFIG: 0 got, 1 not there, 254 could not ask
	local try status options=()
	# Only of what is recovered from: a new epoch's own path was not there at that time.
	[[ -z $as_of || ($1 == *-current && -n $foreign) ]] || options=(--repo=1 "--repo-target-time=$as_of")
	for ((try = 1; try <= HF_GET_RETRIES; try++)); do
		status=0
		as_role "$1" pgbackrest --config="$HF_CONFIG/$1.conf" --stanza="$HF_STANZA" --log-level-console=warn \
			archive-get "${options[@]}" "$file" "$target" || status=$?
		((status <= 1)) && return "$status"
		echo "archive-get.sh: $file from $1: pgBackRest's error $status, try $try of $HF_GET_RETRIES" >&2
		((try == HF_GET_RETRIES)) || sleep "${HF_GET_PAUSE:-2}"
	done
	return 254
}

file=$1 target=$2
# restore.sh leaves out a path that has no stanza yet: asking it is an error, not a "not found".
read -r -a sources <"$HF_STATE/wal-sources"
as_of=$(cat "$HF_STATE/wal-as-of" 2>/dev/null || true)
# A copy beside the living site recovers from its current epoch, and from nothing else.
foreign=''
for source in "${sources[@]}"; do [[ $source == *-current ]] || foreign=yes; done
for source in "${sources[@]}"; do
	status=0
	get "$source" || status=$?
	((status == 1)) || exit "$status"
done
exit 1
