# shellcheck shell=bash disable=SC2154 # names of lib.sh and source.sh
# Sourced. WAL on its way out, and back.

# WAL as the data is: half of its bytes are random, half are updates of pgbench's rows.
make_wal() { # SEGMENTS
	local start now round=0
	start=$(sql --dbname="$database" -c 'select pg_current_wal_lsn()')
	while :; do
		now=$(sql --dbname="$database" -c "select pg_wal_lsn_diff(pg_current_wal_lsn(), '$start')::bigint / 16777216")
		((now < $1)) || break
		sql --dbname="$database" -v round="$round" >&2 <<-'SQL'
			insert into churn (payload) select pg_read_binary_file('/dev/urandom', 0, 1000) from generate_series(1, 8000);
			update pgbench_accounts set abalance = abalance + 1
				where aid between 1 + 25000 * :round % 400000 and 25000 + 25000 * :round % 400000;
		SQL
		round=$((round + 1))
	done
	sql --dbname="$database" -c 'truncate churn' >&2
}

prepare_drain() { # ROUND SEGMENTS
	do_settle
	rm -f "$HF_STATE/archive-open"
	make_wal "$2"
	# Those that the others archive: the ones that wait now, under the names PostgreSQL gave them.
	rm -rf "$segments"
	mkdir "$segments"
	local ready
	for ready in "$PGDATA"/pg_wal/archive_status/*.ready; do
		ready=${ready##*/}
		cp "$PGDATA/pg_wal/${ready%.ready}" "$segments/"
	done
}
run_drain() {
	touch "$HF_STATE/archive-open"
	# After a refusal the archiver sleeps for up to a minute unless there is another segment.
	sql --dbname="$database" -c 'select pg_switch_wal()'
	until_true 600 is_archived
}
facts_drain() { segment_facts; }

segment_facts() {
	jq -cn --argjson segments "$(find "$segments" -type f -name '????????????????????????' | wc -l)" '{segments: $segments}'
}

run_barman_archive() {
	local segment
	for segment in "$segments"/????????????????????????; do
		barman_archive_one "$segment"
	done
}
barman_archive_one() {
	barman wal-archive --zstd -- "$1"
	echo "${1##*/}" >>"$volume/barman-archived"
}
facts_barman_archive() { segment_facts; }

prepare_copy_archive() {
	rm -rf "$volume/archive"
	mkdir "$volume/archive"
}
run_copy_archive() {
	local segment
	for segment in "$segments"/????????????????????????; do
		cp "$segment" "$volume/archive/"
		sync "$volume/archive/${segment##*/}"
	done
}
facts_copy_archive() {
	rm -rf "$volume/archive"
	segment_facts
}

# The base that all replays begin from.
do_replay_base() {
	do_settle
	job incr >&2
	job_facts
}

# Everything since that base, for those who do not read pgBackRest's repository.
do_replay_wal() {
	local start name
	start=$(backrest restore info --output=json | jq -er '.[0].backup | last | .archive.start')
	backrest restore repo-ls --recurse "archive/$HF_STANZA" | sed -n 's|.*/\([0-9A-F]\{24\}\)-.*|\1|p' | while read -r name; do
		[[ $name < $start || -f $segments/$name ]] || backrest restore archive-get "$name" "$segments/$name" >&2
	done
	segment_facts
}

do_barman_replay_wal() {
	local segment
	for segment in "$segments"/????????????????????????; do
		grep -qsx "${segment##*/}" "$volume/barman-archived" || barman_archive_one "$segment" >&2
	done
	segment_facts
}

base_with() { # RESTORE-COMMAND
	backrest restore --pg1-path="$target" restore --delta --type=default --target-timeline=1 \
		--recovery-option=restore_command="$1"
}
prepare_replay() { base_with '/holdfast/bin/archive-get %f %p'; }
prepare_copy_replay() { base_with "cp $segments/%f %p"; }
prepare_barman_replay() { base_with "bash /bench/bin/barman-get.sh %f %p"; }

run_replay() {
	PGBACKREST_PG1_PATH=$target start_server "$target" "$here_socket" -c archive_mode=off -c listen_addresses=
	until_true 600 is_writable
}
run_copy_replay() { run_replay; }
run_barman_replay() { run_replay; }
is_writable() { [[ $(sql --host="$here_socket" --dbname=postgres -c 'select pg_is_in_recovery()' 2>/dev/null) == f ]]; }

facts_replay() {
	local replayed
	replayed=$(sed -n 's/.*redo starts at \(.*\)/\1/p' "$volume/server-target.log" | head -n 1)
	[[ -n $replayed ]]
	replayed=$(sql --dbname="$database" -c "select greatest(1, round(pg_wal_lsn_diff('$(redo_done)', '$replayed') / 16777216))")
	stop_server "$target"
	jq -cn --argjson segments "$replayed" '{segments: $segments}'
}
redo_done() { sed -n 's/.*redo done at \([0-9A-F/]*\).*/\1/p' "$volume/server-target.log" | tail -n 1; }
facts_copy_replay() { facts_replay; }
facts_barman_replay() { facts_replay; }

# pgbench on 4 clients, and once a second how many segments wait: SECONDS.
do_keep_up() {
	local load waiting=() before after ended
	do_settle
	before=$(sql --dbname="$database" -c 'select pg_current_wal_lsn()')
	pgbench --client=4 --jobs=2 --time="$1" --username=postgres --no-vacuum "$database" >/tmp/pgbench 2>&1 &
	load=$!
	while kill -0 "$load" 2>/dev/null; do
		sleep 1
		waiting+=("$(ready_count)")
	done
	wait "$load"
	ended=$(now_us)
	until_true 600 is_archived
	ended=$(($(now_us) - ended))
	after=$(sql --dbname="$database" -c "select pg_wal_lsn_diff(pg_current_wal_lsn(), '$before')::bigint")
	jq -cn --argjson seconds "$1" --argjson wal "$after" --argjson us "$ended" \
		--argjson tps "$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' /tmp/pgbench)" \
		'{seconds: $seconds, transactionsPerSecond: $tps, walBytes: $wal, waiting: $ARGS.positional, drainedAfterSeconds: ($us / 1e6)}' \
		--jsonargs "${waiting[@]}"
}
