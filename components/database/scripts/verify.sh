#!/bin/bash
# A CronJob's verify: REPOSITORY. pgBackRest reads every file of every set and
# every WAL segment of the epoch again and compares checksums, with keys that can
# only read where the repository has such. Its status is 0 whatever it finds: its
# words are judged. It proves that what was stored is still there, and no more;
# that a database comes of it is the restore test's to show.
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
# shellcheck source=job.sh
. "$HF_BIN/job.sh"
repository=$1
case $repository in offsite) config=restore-current ;; *) config=job-$repository ;; esac

check() {
	as_role "$config" exec pgbackrest --config="$HF_CONFIG/$config.conf" --stanza="$HF_STANZA" \
		verify --output=text --verbose --log-level-console=warn >"$found" 2>&3 3>&-
}

# How many files were read, and how many of them are missing or not as they were stored; the sets with such.
summary() {
	awk '
		/total (WAL|files) checked: / { line = $0; sub(/.*checked: /, "", line); checked += line }
		/^ *missing: / { split($0, part, /[:,]/); missing += part[2]; checksum += part[4]; size += part[6]; other += part[8] }
		/^ *backup: / && !/status: valid/ { sub(/^ *backup: /, ""); sub(/,.*/, ""); sets = sets (sets == "" ? "" : ",") "\"" $0 "\"" }
		END { printf "{\"checked\":%d,\"missing\":%d,\"checksumInvalid\":%d,\"sizeInvalid\":%d,\"other\":%d,\"invalidSets\":[%s]}\n",
			checked, missing, checksum, size, other, sets }' "$found"
}

newest() {
	backrest "$config" info --output=json --log-level-console=off |
		jq -c '[.[0].backup[]?] | last | {label: (.label // null)}'
}

job_begin verify verify "$repository"
status=0 ended_early=''
words=$(mktemp) found=$(mktemp)
keep_words "$words" check || status=$?
cat "$found" >&2
detail=$(summary)
if [[ -n $ended_early ]]; then
	job_end failed "ended from outside (deadline, or its node) before all was read" "$detail"
	exit 1
elif ((status != 0)); then
	job_end failed "pgBackRest ended with status $status: $(sed -n 's/.*ERROR: *//p' "$words" | tail -n 1 | cut -c -300)" "$detail"
	exit "$status"
elif grep -q '^status: ok$' "$found"; then
	job_end "done" '' "$(jq -c --argjson set "$(newest)" '$set + .' <<<"$detail")"
else
	job_end failed "what is stored is damaged or not whole: $(jq -r \
		'"\(.missing) missing, \(.checksumInvalid) with another checksum, \(.sizeInvalid) with another size, sets \(.invalidSets | join(" "))"' <<<"$detail")" "$detail"
	# Once more would read the same: the job's policy knows this status (EX_DATAERR).
	exit 65
fi
