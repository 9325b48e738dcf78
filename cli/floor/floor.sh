# shellcheck shell=bash disable=SC2154 # names of lib.sh
# Read from standard input in the floor's pod: WHO TIMELINE POSTGRES-ARGUMENTS... Times one restore and what comes
# after it until the server can be written to: `bare` by pgBackRest's and PostgreSQL's own commands, `own` by the
# product's scripts. The last line of standard output is {"restore": SECONDS, "replay": SECONDS}.
set -euo pipefail
HF_REFUSE_PAUSE=0
. /holdfast/bin/side-restore.sh
exec 3>&1 >&2

empty() {
	rm -rf "$PGDATA" "$marker" "$status" "$HF_STATE/ready" "$HF_STATE/fatal"
	mkdir -m 0700 "$PGDATA"
}

writable() { [[ $(sql postgres -c 'select pg_is_in_recovery()' 2>/dev/null) == f ]]; }

bare() { # TIMELINE POSTGRES-ARGUMENTS...
	local target=$1
	shift
	pgbackrest --config="$HF_CONFIG/restore.conf" --stanza="$HF_STANZA" --log-level-console=warn \
		--set="$HF_RECOVERY_SET" --type=default --target-timeline="$target" restore
	restored=$(now_ms)
	pg_ctl start --pgdata="$PGDATA" --silent --wait --timeout=600 --log="$HF_STATE/floor.log" \
		--options="$* -c archive_mode=off -c listen_addresses= -c unix_socket_directories=$PGHOST -c logging_collector=off"
	until writable; do
		pg_ctl status --pgdata="$PGDATA" >/dev/null || { tail -n 3 "$HF_STATE/floor.log"; return 1; }
		sleep 0.05
	done
}

own() { # TIMELINE POSTGRES-ARGUMENTS...
	shift
	side_restore
	restored=$(now_ms)
	side_start "$@"
	side_wait 600
}

main() { # WHO TIMELINE POSTGRES-ARGUMENTS...
	local began ended restored
	empty
	began=$(now_ms)
	"$@"
	ended=$(now_ms)
	pg_ctl stop --pgdata="$PGDATA" --mode=immediate --silent --wait
	empty
	jq -cn --argjson began "$began" --argjson restored "$restored" --argjson ended "$ended" \
		'{restore: (($restored - $began) / 1000), replay: (($ended - $restored) / 1000)}' >&3
}

main "$@" </dev/null
