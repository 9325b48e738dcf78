#!/bin/bash
# A CronJob's backup: TYPE REPOSITORY. pgBackRest's own words go to standard
# error; the outcome is one JSON line on standard output, its label and bytes read
# from the repository. Another backup's lock (error 050) is not a failure: the
# chain that the other one makes is as good. A set with corrupt pages is one, though
# pgBackRest only warns: every set after it has them too, and retention takes the
# clean ones away. Status 65 (EX_DATAERR): once more would only make another such set.
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
# shellcheck source=job.sh
. "$HF_BIN/job.sh"
type=$1 repository=$2

newest() {
	backrest "job-$repository" info --output=json --log-level-console=off |
		jq -c '[.[0].backup[]?] | last | {label: .label, type, bytes: .info.repository.delta, databaseBytes: .info.size, error}'
}

# Whom the repository knows this job as: the role, or the access key's name, which is no secret.
identity() {
	local role
	role_of "job-$repository"
	if [[ -n $role ]]; then printf '%s\n' "$role"; else conf_value "job-$repository" repo1-s3-key 2>/dev/null || true; fi
}

# damage LABEL: the files of that set in which pages have a wrong checksum, as a JSON list; and the newest clean set.
damage() {
	backrest "job-$repository" info --set="$1" --output=json --log-level-console=off |
		jq -c '.[0].backup[0]["error-list"] // []'
}

newest_clean() {
	backrest "job-$repository" info --output=json --log-level-console=off |
		jq -c '[.[0].backup[]? | select(.error != true)] | last | .label'
}

# From another host the lock is met at the server's side, while the primary is looked for: pgBackRest then ends with 056
# ("unable to find primary cluster"), and only its warning names the lock.
met_lock() { [[ $status == 56 ]] && grep -q '\[LockAcquireError\]' "$words"; }

make_set() {
	as_role "job-$repository" exec pgbackrest --config="$HF_CONFIG/job-$repository.conf" --stanza="$HF_STANZA" \
		backup --type="$type" "${annotations[@]}" --log-level-console=info >&3 2>&3 3>&-
}

job_begin backup "$type" "$repository"
status=0 ended_early=''
words=$(mktemp)
annotations
keep_words "$words" make_set || status=$?
! met_lock || status=50
case $status in
0)
	set=$(newest)
	error=$(jq -r .error <<<"$set") set=$(jq -c 'del(.error)' <<<"$set")
	if [[ $error != true ]]; then
		job_end "done" '' "$set"
	else
		damaged=$(damage "$(jq -r .label <<<"$set")")
		job_end damaged "$(jq -r 'length' <<<"$damaged") files have pages with a wrong checksum at the source" \
			"$(jq -c --argjson damaged "$damaged" --argjson clean "$(newest_clean)" \
				'. + {damaged: $damaged, newestClean: $clean}' <<<"$set")"
		exit 65
	fi
	;;
50) job_end skipped "another backup holds the lock" '{}' ;;
*)
	reason=$(sed -n 's/.*ERROR: *//p' "$words" | tail -n 1 | tr -d '\000-\037' | cut -c -300)
	[[ -z $ended_early ]] || reason="ended from outside (deadline, or its node): ${reason:-nothing said}"
	# shellcheck disable=SC2016 # jq's variable
	job_end failed "${reason:-pgBackRest ended with status $status}" \
		"$(jq -cn --argjson status "$status" --arg identity "$(identity)" '$ARGS.named')"
	exit "$status"
	;;
esac
