# shellcheck shell=bash disable=SC2154 # names of lib.sh
# Sourced. Backups of the running source.

# The product's own job, its report included: TYPE.
job() { /holdfast/bin/backup "$1" offsite >/tmp/backup-report; }
job_facts() { jq -ce 'select(.outcome == "done") | {bytes, rawBytes: .databaseBytes, label}' /tmp/backup-report; }

run_full() { job full; }
facts_full() { job_facts; }

basebackup_with() { # COMPRESSION
	pg_basebackup --pgdata="$basebackup" --username=postgres --format=tar --wal-method=fetch --checkpoint=fast --compress="$1"
}
basebackup_facts() { jq -cn --argjson bytes "$(bytes_of "$basebackup")" '{bytes: $bytes}'; }

prepare_basebackup() { rm -rf "$basebackup"; }
run_basebackup() { basebackup_with server-zstd; }
facts_basebackup() { basebackup_facts; }

prepare_basebackup_fast() { rm -rf "$basebackup"; }
run_basebackup_fast() { basebackup_with server-zstd:level=1; }
facts_basebackup_fast() { basebackup_facts; }

prepare_dump() { rm -rf "$dump"; }
run_dump() {
	pg_dump --username=postgres --format=directory --jobs=2 --compress=zstd:1 --file="$dump" "$database"
}
facts_dump() { jq -cn --argjson bytes "$(bytes_of "$dump")" '{bytes: $bytes}'; }

barman() { # TOOL [OPTION...] -- POSITIONAL-AFTER-SERVER...
	local tool=$1 options=()
	shift
	while (($# > 0)) && [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	"barman-cloud-$tool" --cloud-provider aws-s3 --endpoint-url "$BENCH_ENDPOINT" --addressing-style path \
		"${options[@]}" "s3://$BENCH_BARMAN_BUCKET/$BENCH_PREFIX/${barman_kind:-zstd}" bench "${@:2}"
}
barman_base() { # [OPTION...]
	barman backup "$@" --jobs 2 --immediate-checkpoint --host "$PGHOST" --user postgres --
}
run_barman_backup() { barman_base --zstd; }

# One hundredth of each table, round after round the next one.
prepare_incremental() { # ROUND
	sql --dbname="$database" -v round="$1" >&2 <<-'SQL'
		update noise set payload = pg_read_binary_file('/dev/urandom', 0, 1000)
			where id between (select max(id) from noise) * :round / 100 + 1 and (select max(id) from noise) * (:round + 1) / 100;
		update pgbench_accounts set abalance = abalance + 1
			where aid between (select max(aid) from pgbench_accounts) * :round / 100 + 1 and (select max(aid) from pgbench_accounts) * (:round + 1) / 100;
	SQL
	do_settle
}
run_incremental() { job incr; }
facts_incremental() { job_facts; }

prepare_incremental_scattered() { # ROUND
	sql --dbname="$database" -v round="$1" >&2 <<-'SQL'
		update noise set payload = pg_read_binary_file('/dev/urandom', 0, 1000) where id % 100 = :round;
		update pgbench_accounts set abalance = abalance + 1 where aid % 100 = :round;
	SQL
	do_settle
}
run_incremental_scattered() { job incr; }
facts_incremental_scattered() { job_facts; }
