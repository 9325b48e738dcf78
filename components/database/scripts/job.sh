# shellcheck shell=bash
# Sourced, after lib.sh, by what a CronJob starts. One line of JSON on standard
# output says how it went, and the same leaves a record in the third place
# (contract/job-record.ts) with keys that open nothing else: the job's own status
# says nothing of the repository, and is gone with the job.
#
#   HF_SITE, HF_EPOCH, HF_RECORDS_URL   whose record it is, and the bucket it goes to

job_event=backup job_kind='' job_repository='' job_started=''

# job_begin EVENT KIND REPOSITORY
job_begin() {
	job_event=$1 job_kind=$2 job_repository=$3
	job_started=$(now_ms)
}

# job_end OUTCOME REASON DETAIL-JSON: label and bytes are the detail's, where it has them. `damaged` is a failure with
# a set to show for it.
job_end() {
	jq -cn --arg event "$job_event" --arg type "$job_kind" --arg repository "$job_repository" --arg outcome "$1" \
		--arg reason "$2" --argjson detail "$3" '
		{event: $event, requested: $type, repository: $repository, outcome: $outcome}
			+ (if $reason == "" then {} else {reason: $reason} end) + $detail'
	put_record "$@"
}

# Once more and again: a backup is not to fail for want of a word about it. Whoever waits for the record hears of its
# absence (HoldfastJobOverdue).
put_record() { # OUTCOME REASON DETAIL-JSON
	local file try key=jobs/$HF_SITE/$job_repository/$job_kind
	file=$(mktemp)
	jq -cn --arg site "$HF_SITE" --argjson epoch "$HF_EPOCH" --arg repository "$job_repository" \
		--arg kind "$job_kind" --arg outcome "$1" --argjson started "$job_started" --argjson ended "$(now_ms)" \
		--arg reason "$2" --argjson detail "$3" '
		{schemaVersion: 1, $site, $epoch, $repository, $kind,
			outcome: (if $outcome == "damaged" then "failed" else $outcome end),
			startedAtMs: $started, endedAtMs: $ended, label: ($detail.label // null), bytes: ($detail.bytes // null),
			reason: (if $reason != "" then $reason elif $outcome == "done" then null else $outcome end),
			detail: ($detail | del(.label, .bytes))}' >"$file"
	for try in 1 2 3; do
		if put_object "$file" "$key.json" && { [[ $1 != done ]] || put_object "$file" "$key.success.json"; }; then
			rm -f "$file"
			return
		fi
		sleep "$((try * ${HF_RECORD_PAUSE:-2}))"
	done
	log warn record-not-written key "$key.json"
	rm -f "$file"
}

# A bucket with a lock wants a digest of what is put.
put_object() { # FILE KEY
	s3 records --request PUT --data-binary "@$1" --header 'content-type: application/json' \
		--header "content-md5: $(md5_base64 "$1")" --output /dev/null --url "$HF_RECORDS_URL/$2"
}

md5_base64() {
	local hex
	read -r hex _ < <(md5sum "$1")
	# shellcheck disable=SC2059 # bytes by their numbers
	printf "$(sed 's/../\\x&/g' <<<"$hex")" | base64
}

# run_to_its_end FUNCTION: as a child (which best turns into its program with exec), so that a TERM (the job's deadline, a node that is drained) reaches it at once
# and its end is still told.
run_to_its_end() {
	local child ended=0
	"$@" &
	child=$!
	# shellcheck disable=SC2064 # this child
	trap "ended_early=yes; kill -TERM $child 2>/dev/null" TERM INT
	wait "$child" || ended=$?
	# A trap ends the first wait; the child's own status is what counts.
	while kill -0 "$child" 2>/dev/null; do
		ended=0
		wait "$child" || ended=$?
	done
	trap - TERM INT
	return "$ended"
}

# keep_words FILE FUNCTION: as run_to_its_end; what the function writes to descriptor 3 goes to standard error and into
# FILE, and is whole there when this returns. Its reader ends with the last process that could say something: a few
# seconds are enough, and one that a killed program left behind is not waited for longer.
keep_words() {
	local file=$1 reader ended=0 tries
	shift
	exec 3> >(tee "$file" >&2)
	reader=$!
	run_to_its_end "$@" || ended=$?
	exec 3>&-
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$reader" 2>/dev/null || break
		sleep 0.1
	done
	return "$ended"
}
