#!/bin/bash
# Init container: leaves a data directory that this epoch's PostgreSQL may start
# from, or refuses. Never a Job: a changed image would run it again.
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
# shellcheck source=epoch.sh
. "$HF_BIN/epoch.sh"
# shellcheck source=repository.sh
. "$HF_BIN/repository.sh"
# shellcheck source=data-directory.sh
. "$HF_BIN/data-directory.sh"

main() {
	phase waiting
	require_epoch
	phase restore
	if [[ -s $marker ]]; then
		continue_from_marker
	elif has_data; then
		refuse "the volume holds a data directory without a marker of ours: whose it is nobody can tell; move it away, or delete the volume claim"
	else
		fill
	fi
	write_wal_sources
	write_floor
}

continue_from_marker() {
	local epoch state system
	epoch=$(jq -r .epoch "$marker")
	state=$(jq -r .state "$marker")
	system=$(jq -r '.systemIdentifier // ""' "$marker")
	((epoch <= HF_EPOCH)) ||
		refuse "the volume belongs to epoch $epoch, this pod to the older epoch $HF_EPOCH: an old stack file?"
	if [[ $state != complete ]]; then
		log warn resumed state "$state" epoch "$epoch"
		# A cluster that initdb never finished has no content; a restore can go on with what is there.
		[[ $state == restoring && -f $PGDATA/backup.manifest ]] || empty_data
		fill
	elif ((epoch == HF_EPOCH)); then
		has_data || refuse "the marker says that epoch $epoch is on this volume, but the data directory is empty"
		[[ $(system_identifier) == "$system" ]] ||
			refuse "the data directory is of system $(system_identifier), its marker of $system: somebody replaced it"
		log info kept epoch "$epoch"
		note backupSet "$(jq '.set // null' "$marker")"
	else
		log info older epoch "$epoch" wanted "$HF_EPOCH"
		fill "$system"
	fi
	note systemIdentifier "\"$(system_identifier)\""
}

# fill [SYSTEM]: the newest that the repository has; with SYSTEM only if it is of that system.
fill() {
	local config archive newest timeline pinned aim asked=''
	look_at restore-current
	# What a run asks for is the lost epoch's timeline: once this epoch has archived, its own is the newer one.
	[[ -n $found_newest ]] || asked=${HF_RECOVERY_TIMELINE:-}
	if ((found_sets > 0)); then
		config=restore-current
	elif ((HF_SOURCE_EPOCH == 0)); then
		create
		return
	else
		newest=$found_newest archive=$found_archive # of WAL archived since the promotion, if it came that far
		look_at restore
		((found_sets > 0)) ||
			refuse "epoch $HF_SOURCE_EPOCH's path in the offsite repository holds no backup set$(deleted_history restore)"
		config=restore
	fi
	if [[ -n ${1:-} && -n $found_system && $1 != "$found_system" ]]; then
		refuse "the volume is of system $1, the repository of $found_system: they have nothing to do with each other"
	fi
	# The newest timeline in either path; never "latest" while replaying, which would follow any later fork.
	[[ ${newest:-} > $found_newest ]] || newest=$found_newest
	timeline=$(timeline_of "${newest:-00000001}")
	pinned=${asked:-$timeline}
	((pinned <= timeline)) || refuse "timeline $pinned is asked for, but the archive's newest is $timeline"
	aim=--target-timeline=$pinned
	if ((pinned > 1)) && ! has_history "$config" "$found_archive" "$pinned"; then
		{ [[ -n ${archive:-} ]] && has_history restore-current "$archive" "$pinned"; } ||
			refuse "timeline $pinned is asked for, but its .history is not in the archive"
		# It began after the promotion, in the other path: pgBackRest would look for it here and give up; PostgreSQL
		# asks archive-get, which knows both.
		aim=--recovery-option=recovery_target_timeline=$pinned
	fi
	restore "$config" "$aim"
}

# Only where no epoch ever was: sourceEpoch 0 says so of the epoch object, an untouched path of the repository.
create() {
	((HF_EPOCH == 1)) || refuse "epoch $HF_EPOCH has no source epoch, and its path holds no backup set$(deleted_history restore-current)"
	[[ $found_code == [13] && -z $found_newest ]] ||
		refuse "epoch 1's path already holds an archive but no backup set$(deleted_history restore-current): data was here; a new cluster would not be it"
	log info initdb
	write_marker initialising null null
	empty_data
	initdb --pgdata="$PGDATA" --username=postgres --data-checksums --encoding=UTF8 \
		--locale-provider=builtin --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256 >&2
	write_marker complete "\"$(system_identifier)\"" null
	note systemIdentifier "\"$(system_identifier)\""
}

restore() { # CONFIG TIMELINE-OPTION
	local delta=() set failed=''
	if has_data; then
		# Left by a site that was killed; the claim is ReadWriteOnce, so no server is running on it.
		rm -f "$PGDATA/postmaster.pid"
		delta=(--delta)
	fi
	log info restoring from "$1" timeline "${2##*=}" delta "${#delta[@]}"
	write_marker restoring null null
	backrest "$1" restore "${delta[@]}" --type=default "$2" \
		--recovery-option=restore_command="$HF_BIN/archive-get %f %p" \
		--log-level-console=detail > >(progress) 2>&1 || failed=yes
	wait "$!" || true # what it said is only known when its reader has ended
	[[ -z $failed ]] || refuse "pgbackrest restore failed: $(tail -n 3 "$HF_STATE/restore-errors" 2>/dev/null)"
	set=$(cat "$HF_STATE/restored-set" 2>/dev/null || true)
	drop_archive_settings
	write_marker complete "\"$(system_identifier)\"" "$(jq -Rc 'if . == "" then null else . end' <<<"$set")"
	note backupSet "$(jq '.set' "$marker")"
	note systemIdentifier "\"$(system_identifier)\""
}

# pgBackRest's detail lines as progress: each file's line ends in the percentage so far.
progress() {
	local line last=-5 percent
	: >"$HF_STATE/restore-errors"
	while IFS= read -r line; do
		if [[ $line =~ ,\ ([0-9]+)\.[0-9]+%\) ]]; then
			percent=${BASH_REMATCH[1]}
			((percent < last + 5)) && continue
			last=$percent
			log info progress percent "$percent"
		elif [[ $line =~ restore\ backup\ set\ ([0-9A-Za-z_-]+) ]]; then
			printf '%s\n' "${BASH_REMATCH[1]}" >"$HF_STATE/restored-set"
			log info set label "${BASH_REMATCH[1]}"
		elif [[ $line == *ERROR* || $line == *WARN* || $line == *HINT* ]]; then
			printf '%s\n' "$line" >>"$HF_STATE/restore-errors"
			printf '%s\n' "$line" >&2
		fi
	done
}

# A path without a stanza cannot be asked for a segment without an error, and errors end recovery.
write_wal_sources() {
	local sources=()
	if [[ -f $PGDATA/recovery.signal ]]; then
		look_at restore-current
		[[ -n $found_newest ]] && sources+=(restore-current)
		((HF_SOURCE_EPOCH > 0 && HF_SOURCE_EPOCH != HF_EPOCH)) && sources+=(restore)
	fi
	printf '%s\n' "${sources[*]:-restore-current}" >"$HF_STATE/wal-sources"
}

main
