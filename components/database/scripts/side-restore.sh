#!/bin/bash
# A copy beside production, from the reader's keys: restored, started with
# archiving off, promoted. Run, it does all three and stays until the server ends
# (`holdfast restore`, `holdfast extract`); sourced, it gives the functions to a
# script that goes on with the copy (a restore test):
#
#   side_restore            restores into $PGDATA, or refuses (exit 1, the reason in status.json's `error`)
#   side_start [-c NAME=VALUE]...   starts PostgreSQL, archiving off, on the socket alone unless HF_SIDE_LISTEN says else
#   side_wait [SECONDS]     waits until it is consistent and promoted; 1 and the reason in status.json when it cannot be
#   side_stop               stops it fast
#
# Environment:
#   PGDATA, PGHOST          data directory below HF_VOLUME, and the folder of the server's socket
#   HF_BIN, HF_CONFIG, HF_STATE, HF_VOLUME, HF_STANZA   as in lib.sh; HF_STATE and HF_VOLUME are this copy's own
#   HF_SIDE_CONFIG          pgBackRest config to read from, with the reader's keys: $HF_CONFIG/NAME.conf (default restore);
#                           its path is the epoch's
#   HF_SIDE_WAL             further configs that archive-get may ask, after that one
#   HF_EPOCH                number of that epoch, for the marker
#   HF_RECOVERY_KIND, HF_RECOVERY_TARGET, HF_RECOVERY_SET, HF_RECOVERY_EXCLUSIVE, HF_RECOVERY_AS_OF
#                           where the copy ends, see recovery-target.sh; nothing set: the newest there is
#   HF_RECOVERY_FALLBACK    no: a damaged set is the end; else (yes) the set before it is tried
#   HF_SYSTEM_IDENTIFIER    the cluster that it has to be; another one is refused
#   HF_CLAIM_BYTES          size of the volume claim, where the file system would let more be written
#   HF_SIDE_LISTEN          listen_addresses; empty (default): the socket alone
# Leaves in HF_STATE: status.json (phase waiting, restore, replay, ready; error; backupSet; fallbacks;
# systemIdentifier; recoveredLsn; timeline) and `ready`.
#
# Nothing of it asks the epoch object: a copy takes no term, and archives nothing anywhere.
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
# shellcheck source=repository.sh
. "$HF_BIN/repository.sh"
# shellcheck source=data-directory.sh
. "$HF_BIN/data-directory.sh"
# shellcheck source=recovery-target.sh
. "$HF_BIN/recovery-target.sh"
# shellcheck source=restore-set.sh
. "$HF_BIN/restore-set.sh"
: "${HF_EPOCH:=0}" "${HF_SIDE_CONFIG:=restore}" "${HF_SIDE_LISTEN:=}"

side_restore() {
	local timeline
	phase waiting
	if [[ -s $marker ]]; then
		side_belongs || refuse "the volume holds another copy ($(jq -c '{systemIdentifier, epoch, recovery}' "$marker")): remove it first"
	elif has_data; then
		refuse_running
		refuse "$PGDATA is not empty and holds no marker of ours: whose it is nobody can tell"
	fi
	phase restore
	# A pod that was started again goes on where it was: a promoted copy has data that the repository has not.
	if [[ $(jq -r .state "$marker" 2>/dev/null) == complete ]]; then
		refuse_running
		log info kept epoch "$HF_EPOCH"
		note backupSet "$(jq '.set // null' "$marker")"
		note fallbacks "$(jq '.fallbacks // []' "$marker")"
		side_name_sources
		return
	fi
	read_as_asked
	look_at "$HF_SIDE_CONFIG"
	((found_sets > 0)) ||
		refuse "the repository's path $(conf_value "$HF_SIDE_CONFIG" repo1-path) holds no backup set$(deleted_history "$HF_SIDE_CONFIG")"
	[[ -z ${HF_SYSTEM_IDENTIFIER:-} || -z $found_system || $found_system == "$HF_SYSTEM_IDENTIFIER" ]] ||
		refuse "the repository is of system $found_system, not of $HF_SYSTEM_IDENTIFIER"
	require_target "$HF_SIDE_CONFIG"
	timeline=$(timeline_of "${found_newest:-00000001}")
	mkdir -p "$PGDATA"
	chmod 0700 "$PGDATA"
	restore_best "$HF_SIDE_CONFIG" "--target-timeline=$timeline"
	note restoredAtMs "$(now_ms)"
	side_name_sources
}

side_name_sources() {
	# shellcheck disable=SC2086 # a list of words
	write_wal_sources "$HF_SIDE_CONFIG" ${HF_SIDE_WAL:-}
	write_floor
}

# The marker is of the copy that is asked for.
side_belongs() {
	[[ $(jq -r .epoch "$marker") == "$HF_EPOCH" && $(jq -c '.recovery // null' "$marker") == "$(target_json)" ]]
}

side_start() { # POSTGRES-ARGUMENTS...
	phase replay
	rm -f "$HF_STATE/fatal" "$HF_STATE/ready"
	# Last, so that they win: the command line is also stronger than anything in the restored directory.
	"$HF_BIN/start" "$@" -c archive_mode=off -c "listen_addresses=$HF_SIDE_LISTEN" \
		-c "unix_socket_directories=$PGHOST" -c logging_collector=off -c primary_conninfo= &
	side_server=$!
}

side_wait() { # [SECONDS]
	local deadline=$((SECONDS + ${1:-86400})) ended=0
	until [[ $(sql postgres -c 'select pg_is_in_recovery()' 2>/dev/null) == f ]]; do
		if ! kill -0 "$side_server" 2>/dev/null; then
			wait "$side_server" || ended=$?
			stuck "PostgreSQL ended with status $ended: $(side_reason)"
			return 1
		fi
		if ((SECONDS > deadline)); then
			stuck "PostgreSQL did not finish its recovery in ${1} seconds"
			return 1
		fi
		sleep 0.2
	done
	side_note_end
	phase ready
	touch "$HF_STATE/ready"
	log info ready
}

side_reason() {
	local reason
	reason=$(tail -n 1 "$HF_STATE/fatal" 2>/dev/null || true)
	printf '%s\n' "${reason:-see its log}"
}

# Where recovery ended: the fork that the new timeline's history names.
side_note_end() {
	local timeline history lsn
	timeline=$(sql postgres -c 'select left(pg_walfile_name(pg_current_wal_lsn()), 8)')
	history=$(cat "$PGDATA/pg_wal/$timeline.history" 2>/dev/null || true)
	lsn=$(grep -E '^[0-9]' <<<"$history" | tail -n 1 | cut -f 2 || true)
	note timeline "$(timeline_of "$timeline")"
	note recoveredLsn "$(jq -Rn --arg lsn "$lsn" 'if $lsn == "" then null else $lsn end')"
	note systemIdentifier "\"$(system_identifier)\""
}

side_stop() {
	[[ -n ${side_server:-} ]] || return 0
	pg_ctl stop --mode=fast --pgdata="$PGDATA" --wait >&2 || true
	wait "$side_server" 2>/dev/null || true
	side_server=''
}

side_main() { # POSTGRES-ARGUMENTS...
	trap 'side_stop; exit 0' TERM INT
	side_restore
	side_start "$@"
	# It stays, with its reason, for whoever reads the status file.
	side_wait "${HF_SIDE_SECONDS:-86400}" || refuse "$(jq -r .error "$status")"
	wait "$side_server"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then side_main "$@"; fi
