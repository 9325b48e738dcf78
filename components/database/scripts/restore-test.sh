#!/bin/bash
# A CronJob's restore test: REPOSITORY. A copy restored from the reader's keys in
# a namespace of its own, started with archiving off, read whole and compared with
# what has to be there, and thrown away with its volume. Only this shows that a
# backup is one.
#
#   HF_TEST_SET      latest (default): the newest set and all WAL after it; random: any set, to its own end
#   HF_TEST_FLOORS   JSON [{database, table, rows}]: tables that must have so many rows
#   and what side-restore.sh and job.sh read
# shellcheck source=side-restore.sh
. "${HF_BIN:=/holdfast/bin}/side-restore.sh"
# shellcheck source=job.sh
. "$HF_BIN/job.sh"
repository=$1
HF_SIDE_CONFIG=restore-$repository
# A refusal ends the job at once: nobody waits to read a status file here.
HF_REFUSE_PAUSE=0
facts='{}' reason=''

fact() { facts=$(jq -c --arg key "$1" --argjson value "$2" '.[$key] = $value' <<<"$facts"); }

# fail WORDS: the first reason is the one told; what can still be looked at is.
fail() {
	log error check-failed reason "$1"
	[[ -n $reason ]] || reason=$1
}

choose_set() {
	local label
	[[ ${HF_TEST_SET:-latest} == random ]] || return 0
	look_at "$HF_SIDE_CONFIG"
	label=$(jq -r '.[0].backup[]? | select(.error != true) | .label' <<<"$found_info" | shuf -n 1)
	[[ -n $label ]] || refuse "the repository holds no backup set"
	HF_RECOVERY_KIND='set' HF_RECOVERY_SET=$label
	target_kind='set'
}

check_copy() {
	check_identity
	check_term
	check_floors
	check_structure
}

# Of the cluster that the repository says, and with every page checked when it is read.
check_identity() {
	local system expected checksums
	system=$(jq -r '.systemIdentifier // ""' "$status")
	expected=$(backrest "$HF_SIDE_CONFIG" info --output=json --log-level-console=off | jq -r '[.[0].db[]?] | last | ."system-id" // ""')
	fact systemIdentifier "\"$system\""
	[[ $system == "$expected" ]] || fail "the copy is system $system, the repository is of $expected"
	checksums=$(sql postgres -c 'show data_checksums')
	[[ $checksums == on ]] || fail "data checksums are $checksums in the copy"
}

# Whoever took this epoch left a row; a copy without it ends before the epoch began, or is somebody else's.
check_term() {
	local rows newest
	rows=$(sql holdfast --set=epoch="$HF_EPOCH" --set=site="$HF_SITE" <<<"select count(*) from holdfast.term where epoch = :epoch and site = :'site'") || rows=0
	[[ $rows == 1 ]] || fail "the copy has no row of epoch $HF_EPOCH of $HF_SITE in holdfast.term"
	# Nobody writes heartbeats where no prober runs.
	newest=$(sql holdfast -c "select (extract(epoch from max(at)) * 1000)::bigint from holdfast.heartbeat") || newest=''
	[[ -z $newest ]] || fact newestHeartbeatMs "$newest"
}

check_floors() {
	local database table least rows counted='[]'
	while IFS=$'\t' read -r database table least; do
		if rows=$(sql "$database" -c "select count(*) from $table" 2>&1) && [[ $rows =~ ^[0-9]+$ ]]; then
			# shellcheck disable=SC2016 # jq's variables
			counted=$(jq -c --arg database "$database" --arg table "$table" --argjson rows "$rows" \
				'. + [{$database, $table, $rows}]' <<<"$counted")
			((rows >= least)) || fail "$table in $database has $rows rows, $least are the least"
		else
			fail "$table in $database cannot be counted: $(tail -n 1 <<<"$rows")"
		fi
	done < <(jq -r '.[] | [.database, .table, .rows] | @tsv' <<<"${HF_TEST_FLOORS:-[]}")
	fact rows "$counted"
}

# Heaps and B-trees of every database, every page read once.
check_structure() {
	local words started
	started=$(now_ms)
	if words=$(pg_amcheck --all --install-missing --heapallindexed --jobs="${HF_TEST_JOBS:-2}" 2>&1); then
		fact amcheckMs "$(($(now_ms) - started))"
	else
		fail "pg_amcheck: $(head -n 3 <<<"$words" | tr '\n' ' ')"
	fi
}

bytes_read() { du --summarize --bytes "$PGDATA" 2>/dev/null | cut -f 1; }

tell() { # called once, however this ends
	local detail ended=$1
	trap - EXIT
	if [[ -z $reason && $ended != 0 ]]; then
		reason=$(jq -r '.error // ""' "$status" 2>/dev/null || true)
		[[ -n $reason ]] || reason="ended with status $ended in phase $(jq -r '.phase // "none"' "$status" 2>/dev/null)"
	fi
	detail=$(jq -c --argjson facts "$facts" --argjson bytes "$(bytes_read || echo 0)" '
		{label: .backupSet, bytes: (if $bytes > 0 then $bytes else null end), recoveredLsn, fallbacks,
			phases: [.phases[]? | {phase, milliseconds: ((.endedAtMs // .startedAtMs) - .startedAtMs)}]}
			+ $facts | with_entries(select(.value != null or .key == "label" or .key == "bytes"))' "$status" 2>/dev/null) || detail=$facts
	if [[ -z $reason ]]; then
		job_end "done" '' "$detail"
	else
		job_end failed "$reason" "$detail"
	fi
	side_stop
	# The pod stays a while to be read; what it restored does not.
	empty_data || true
	[[ -z $reason ]] || exit 1
}

test_main() { # POSTGRES-ARGUMENTS...
	job_begin restore-test restore-test "$repository"
	trap 'ended=$?; tell "$ended"' EXIT
	trap 'reason="ended from outside (deadline, or its node)"; exit 143' TERM INT
	choose_set
	side_restore
	side_start "$@"
	if side_wait "${HF_SIDE_SECONDS:-86400}"; then check_copy; else exit 1; fi
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
	shift
	test_main "$@"
fi
