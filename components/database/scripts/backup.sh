#!/bin/bash
# A CronJob's backup: TYPE REPOSITORY. pgBackRest's own words go to standard
# error; the outcome is one JSON line on standard output, its label and bytes read
# from the repository. Another backup's lock (error 050) is not a failure: the
# chain that the other one makes is as good.
set -euo pipefail
: "${HF_CONFIG:=/etc/holdfast/pgbackrest}" "${HF_STANZA:=main}"
type=$1 repository=$2

pgbackrest_job() {
	pgbackrest --config="$HF_CONFIG/job-$repository.conf" --stanza="$HF_STANZA" "$@"
}

newest() {
	pgbackrest_job info --output=json --log-level-console=off |
		jq -c '[.[0].backup[]?] | last | {label: .label, type, bytes: .info.repository.delta, databaseBytes: .info.size}'
}

report() { # OUTCOME DETAIL-JSON
	jq -cn --arg type "$type" --arg repository "$repository" --arg outcome "$1" --argjson detail "$2" \
		'{event: "backup", requested: $type, repository: $repository, outcome: $outcome} + $detail'
}

status=0
pgbackrest_job backup --type="$type" --log-level-console=info >&2 || status=$?
case $status in
0) report "done" "$(newest)" ;;
50) report skipped '{"reason": "another backup holds the lock"}' ;;
*)
	report failed "{\"status\": $status}"
	exit "$status"
	;;
esac
