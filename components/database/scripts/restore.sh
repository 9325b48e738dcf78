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
# shellcheck source=recovery-target.sh
. "$HF_BIN/recovery-target.sh"
# shellcheck source=restore-set.sh
. "$HF_BIN/restore-set.sh"

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
	note restoredAtMs "$(now_ms)"
	name_wal_sources
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
		if wants_another_target; then
			log info target-changed epoch "$epoch"
			fill "$system"
			return
		fi
		log info kept epoch "$epoch"
		note backupSet "$(jq '.set // null' "$marker")"
		note fallbacks "$(jq '.fallbacks // []' "$marker")"
	else
		log info older epoch "$epoch" wanted "$HF_EPOCH"
		fill "$system"
	fi
	note systemIdentifier "\"$(system_identifier)\""
}

# Only before the promotion: a target that the archive did not reach may be given anew, one that was reached is history.
wants_another_target() {
	local wanted
	[[ -f $PGDATA/recovery.signal ]] || return 1
	wanted=$(target_json)
	[[ $wanted != null && $wanted != "$(jq -c '.recovery // null' "$marker")" ]]
}

# fill [SYSTEM]: what the run asks for, or the newest that the repository has; with SYSTEM only if it is of that system.
fill() {
	local config archive newest asked=''
	if [[ $HF_ROLE == rehearsal ]]; then
		fill_rehearsal "${1:-}"
		return
	fi
	look_at restore-current
	# What a run asks for is the lost epoch's timeline and a place in its history: once this epoch has archived, its
	# own is the newer one.
	if [[ -n $found_newest ]] || ((found_sets > 0)); then forget_target; else asked=${HF_RECOVERY_TIMELINE:-}; fi
	if ((found_sets > 0)); then
		config=restore-current
	elif ((HF_SOURCE_EPOCH == 0)); then
		create
		return
	else
		newest=$found_newest archive=$found_archive # of WAL archived since the promotion, if it came that far
		config=$(source_config)
		read_as_asked
		look_at "$config"
		((found_sets > 0)) ||
			refuse "epoch $HF_SOURCE_EPOCH's path in the ${HF_RECOVERY_REPOSITORY:-offsite} repository holds no backup set$(deleted_history "$config")"
	fi
	if [[ -n ${1:-} && -n $found_system && $1 != "$found_system" ]]; then
		refuse "the volume is of system $1, the repository of $found_system: they have nothing to do with each other"
	fi
	restore_from "$config" "$asked" "${newest:-}" "${archive:-}"
}

# A rehearsal takes no epoch, so it has no path of its own: it reads that of the one who serves, as the run asks.
fill_rehearsal() { # [SYSTEM]
	local config
	config=$(source_config)
	read_as_asked
	look_at "$config"
	((found_sets > 0)) ||
		refuse "epoch $HF_SOURCE_EPOCH's path in the ${HF_RECOVERY_REPOSITORY:-offsite} repository holds no backup set${HF_RECOVERY_AS_OF:+ as of $HF_RECOVERY_AS_OF}$(deleted_history "$config")"
	[[ -z ${1:-} || -z $found_system || $1 == "$found_system" ]] ||
		refuse "the volume is of system $1, the repository of $found_system: they have nothing to do with each other"
	restore_from "$config" "${HF_RECOVERY_TIMELINE:-}" '' ''
}

# restore_from CONFIG ASKED NEWEST ARCHIVE: what look_at found last in CONFIG, on the timeline asked for; NEWEST and
# ARCHIVE are of this epoch's own path, where it has archived.
restore_from() {
	local config=$1 asked=$2 newest=$3 archive=$4 timeline pinned aim limit=''
	require_target "$config"
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
		# This epoch may have begun at a place before the source's last sets: those are of the history it left.
		limit=$(fork_of restore-current "$archive" "$pinned")
	fi
	restore_best "$config" "$aim" "$limit"
}

# The config of the source epoch's path, in the repository asked for.
source_config() { [[ ${HF_RECOVERY_REPOSITORY:-offsite} == site ]] && echo restore-site || echo restore; }

# Only where no epoch ever was: sourceEpoch 0 says so of the epoch object, an untouched path of the repository.
create() {
	! has_target || refuse "there is no epoch before epoch $HF_EPOCH whose $target_kind could be recovered"
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

# A path without a stanza cannot be asked for a segment without an error, and errors end recovery.
name_wal_sources() {
	local sources=()
	if [[ $HF_ROLE == rehearsal && -f $PGDATA/recovery.signal ]]; then
		# As of T0 for every segment: what was archived after it does not count.
		HF_RECOVERY_AS_OF=$(jq -r '.recovery.asOf // ""' "$marker")
		[[ $(jq -r '.recovery.repository // ""' "$marker") != site ]] || sources+=(restore-site)
		sources+=(restore)
	elif [[ -f $PGDATA/recovery.signal ]]; then
		read_at=()
		look_at restore-current
		[[ -n $found_newest ]] && sources+=(restore-current)
		# As the marker says, not as the run asks: a pod that starts again in the middle of a replay goes on with it.
		HF_RECOVERY_AS_OF=$(jq -r '.recovery.asOf // ""' "$marker")
		if ((HF_SOURCE_EPOCH > 0 && HF_SOURCE_EPOCH != HF_EPOCH)); then
			# What the site's own store has missed, the third place has.
			[[ $(jq -r '.recovery.repository // ""' "$marker") != site ]] || sources+=(restore-site)
			sources+=(restore)
		fi
	fi
	write_wal_sources "${sources[@]:-restore-current}"
}

main
