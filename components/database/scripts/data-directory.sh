# shellcheck shell=bash disable=SC2154 # $marker is lib.sh's
# Sourced. The data directory and the marker that says whose it is.

has_data() { [[ -d $PGDATA && -n $(ls -A "$PGDATA") ]]; }

# The directory itself stays: it is the volume's, and its mode is the server's condition for starting.
empty_data() {
	mkdir -p "$PGDATA"
	chmod 0700 "$PGDATA"
	find "$PGDATA" -mindepth 1 -delete
}

control_value() { # NAME, as pg_controldata prints it
	pg_controldata --pgdata="$PGDATA" | sed -n "s/^$1: *//p"
}

system_identifier() { control_value 'Database system identifier'; }

# "complete" is written after everything else: a killed restore is then known for what it is.
write_marker() { # STATE SYSTEM-JSON SET-JSON
	jq -n --arg state "$1" --argjson system "$2" --argjson set "$3" \
		--argjson epoch "$HF_EPOCH" --arg run "${HF_RUN:-}" \
		--argjson recovery "$(target_json)" --argjson fallbacks "${fallbacks:-[]}" '
		{state: $state, systemIdentifier: $system, epoch: $epoch, run: (if $run == "" then null else $run end), set: $set}
			+ (if $recovery == null then {} else {recovery: $recovery} end)
			+ (if $fallbacks == [] then {} else {fallbacks: $fallbacks} end)' \
		>"$marker.new"
	sync "$marker.new"
	mv "$marker.new" "$marker"
}

# ALTER SYSTEM at the old site went into the backup. Whatever of it concerns the
# archive would win over nothing here (the command line wins over it), but would
# come alive the day somebody starts this directory by hand.
drop_archive_settings() {
	local file=$PGDATA/postgresql.auto.conf
	[[ -f $file ]] || return 0
	sed -i -E '/^[[:space:]]*(archive_(mode|command|timeout|library|cleanup_command)|primary_(conninfo|slot_name)|recovery_end_command)[[:space:]]*=/d' "$file"
}

# Recovery refuses to start, or pauses, with less than the old server had. The start script raises what is lower.
write_floor() {
	{
		printf 'max_connections %s\n' "$(control_value 'max_connections setting')"
		printf 'max_worker_processes %s\n' "$(control_value 'max_worker_processes setting')"
		printf 'max_wal_senders %s\n' "$(control_value 'max_wal_senders setting')"
		printf 'max_prepared_transactions %s\n' "$(control_value 'max_prepared_xacts setting')"
		printf 'max_locks_per_transaction %s\n' "$(control_value 'max_locks_per_xact setting')"
	} >"$HF_STATE/floor"
}
