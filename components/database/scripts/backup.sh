#!/bin/bash
# A CronJob's backup: TYPE REPOSITORY. pgBackRest's own words go to standard
# error; the outcome is one JSON line on standard output, its label and bytes read
# from the repository. Another backup's lock (error 050) is not a failure: the
# chain that the other one makes is as good. A set with corrupt pages is one, though
# pgBackRest only warns: every set after it has them too, and retention takes the
# clean ones away. Status 65 (EX_DATAERR): once more would only make another such set.
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

# Whom the repository knows this job as: the access key's name, which is no secret.
identity() { sed -n 's/^repo1-s3-key=//p' "$HF_CONFIG/job-$repository.conf" 2>/dev/null || true; }

# damage LABEL: the files of that set in which pages have a wrong checksum, as a JSON list; and the newest clean set.
damage() {
	pgbackrest_job info --set="$1" --output=json --log-level-console=off | jq -c '.[0].backup[0]["error-list"] // []'
}

newest_clean() {
	pgbackrest_job info --output=json --log-level-console=off |
		jq -c '[.[0].backup[]? | select(.error != true)] | last | .label'
}

report() { # OUTCOME DETAIL-JSON
	jq -cn --arg type "$type" --arg repository "$repository" --arg outcome "$1" --argjson detail "$2" \
		'{event: "backup", requested: $type, repository: $repository, outcome: $outcome} + $detail'
}

# From another host the lock is met at the server's side, while the primary is looked for: pgBackRest then ends with 056
# ("unable to find primary cluster"), and only its warning names the lock.
met_lock() { [[ $status == 56 ]] && grep -q '\[LockAcquireError\]' "$words"; }

status=0
words=$(mktemp)
pgbackrest_job backup --type="$type" --log-level-console=info 2>&1 | tee "$words" >&2 || status=$?
! met_lock || status=50
case $status in
0)
	set=$(newest)
	damaged=$(damage "$(jq -r .label <<<"$set")")
	if [[ $damaged == '[]' ]]; then
		report "done" "$set"
	else
		report damaged "$(jq -c --argjson damaged "$damaged" --argjson clean "$(newest_clean)" \
			'. + {damaged: $damaged, newestClean: $clean}' <<<"$set")"
		exit 65
	fi
	;;
50) report skipped '{"reason": "another backup holds the lock"}' ;;
*)
	# shellcheck disable=SC2016 # jq's variable
	report failed "$(jq -cn --argjson status "$status" --arg identity "$(identity)" '$ARGS.named')"
	exit "$status"
	;;
esac
