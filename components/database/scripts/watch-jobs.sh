# shellcheck shell=bash disable=SC2154 # $memory is watch.sh's
# Sourced. What the scheduled jobs left behind: their records in the third place
# (contract/job-record.ts), read with keys that can only read. One that cannot be
# read keeps its last numbers.

look_at_jobs() {
	local folder=$memory/jobs list keys key
	local -a arguments=()
	[[ -n ${HF_RECORDS_URL:-} ]] || return 0
	list=$(s3 restore-current --url "$HF_RECORDS_URL?list-type=2&prefix=jobs%2F$HF_SITE%2F" 2>/dev/null) || return 0
	keys=$(grep -oE '<Key>[^<]+\.json</Key>' <<<"$list" | sed 's/<[^>]*>//g') || return 0
	rm -rf "$folder.new"
	mkdir -p "$folder.new"
	# All over one connection. A record that was deleted meanwhile leaves an answer that is no record.
	while read -r key; do arguments+=(--url "$HF_RECORDS_URL/$key" --output "$folder.new/${key//\//,}"); done <<<"$keys"
	s3 restore-current "${arguments[@]}" 2>/dev/null || return 0
	rm -rf "$folder"
	mv "$folder.new" "$folder"
	describe_jobs "$folder" | publish jobs
}

describe_jobs() { # FOLDER
	local file name
	for file in "$1"/*.json; do
		name=newest
		[[ $file != *.success.json ]] || name=success
		jq -c --arg which "$name" 'select(.schemaVersion == 1) | {which: $which, repository, kind, outcome, startedAtMs, endedAtMs, bytes}' \
			"$file" 2>/dev/null || true
	done | jq -rs '
		def family($name; $help; $which; value):
			[.[] | select(.which == $which) | select(value != null)] as $records
			| select($records != [])
			| "# HELP \($name) \($help)", "# TYPE \($name) gauge",
				($records[] | "\($name){repository=\"\(.repository)\",kind=\"\(.kind)\"} \(value)");
		family("holdfast_job_last_run_timestamp_seconds"; "End of the newest run of a job, whatever its outcome."; "newest"; .endedAtMs / 1000),
		family("holdfast_job_last_success_timestamp_seconds"; "End of the newest run that was done."; "success"; .endedAtMs / 1000),
		family("holdfast_job_last_failed"; "Whether the newest run failed; one that another backup made needless did not."; "newest";
			if .outcome == "failed" then 1 else 0 end),
		family("holdfast_job_last_duration_seconds"; "How long the newest run took."; "newest"; (.endedAtMs - .startedAtMs) / 1000),
		family("holdfast_job_last_bytes"; "What the newest run wrote to the repository or read from it."; "newest"; .bytes)'
}
