# shellcheck shell=bash disable=SC2154 # names of lib.sh
# Sourced. The cluster that everything is measured on.

do_seed() { # PGBENCH-SCALE NOISE-ROWS
	initdb --pgdata="$PGDATA" --username=postgres --data-checksums --encoding=UTF8 \
		--locale-provider=builtin --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256 >&2
	# Filled without archiving or safety, then started again as it ships.
	start_server "$PGDATA" "$PGHOST" -c archive_mode=off -c wal_level=minimal -c max_wal_senders=0 \
		-c fsync=off -c max_wal_size=8GB
	until_true 60 is_ready "$PGHOST"
	sql --dbname=postgres -c "create database $database"
	# In eight parts each: a business's database is many files, not two of a gigabyte.
	pgbench --initialize --quiet --scale="$1" --partitions=8 --username=postgres "$database" >&2
	sql --dbname="$database" -v rows="$2" >&2 <<-'SQL'
		create table noise (id integer, payload bytea) partition by range (id);
		select format('create table noise_%s partition of noise for values from (%s) to (%s)',
			part, :rows::bigint * (part - 1) / 8 + 1, :rows::bigint * part / 8 + 1) from generate_series(1, 8) as part \gexec
		alter table noise alter column payload set storage external;
		insert into noise select i, pg_read_binary_file('/dev/urandom', 0, 1000) from generate_series(1, :rows) as i;
		alter table noise add primary key (id);
		create table churn (id bigint generated always as identity, payload bytea);
		alter table churn alter column payload set storage external;
	SQL
	sql --dbname="$database" -c 'vacuum (freeze, analyze)' -c checkpoint >&2
	stop_server "$PGDATA"
	sync --file-system "$volume"
	do_start
	sql --dbname="$database" -c "select json_build_object('bytes', sum(pg_database_size(oid))) from pg_database"
}

do_start() {
	start_server "$PGDATA" "$PGHOST" >&2
	until_true 60 is_ready "$PGHOST"
}

# The stanzas of both repositories, then the gate: as the steward does it after a start.
do_open_archive() {
	backrest archive-offsite stanza-create >&2
	backrest archive-site stanza-create >&2
	touch "$HF_STATE/site-open" "$HF_STATE/archive-open"
	printf 'restore\n' >"$HF_STATE/wal-sources"
}

# In a container with a data volume: what the newest full backup holds, and what a copy copies.
do_reference() {
	rm -rf "$reference"
	mkdir -m 0700 "$reference"
	backrest restore --pg1-path="$reference" restore >&2
}

ready_count() { find "$PGDATA/pg_wal/archive_status" -name '*.ready' | wc -l; }
is_archived() { (($(ready_count) == 0)); }

# Nothing of the load before is left to be written or archived.
do_settle() {
	sql --dbname="$database" -c checkpoint -c 'select pg_switch_wal()' >/dev/null
	until_true 300 is_archived
}

do_versions() {
	local postgres backrest
	postgres=$(postgres --version) backrest=$(pgbackrest version)
	jq -cn --arg postgres "${postgres##*) }" --arg backrest "${backrest##* }" '{PostgreSQL: $postgres, pgBackRest: $backrest}'
}

do_alternative_versions() {
	local barman tar zstd
	barman=$(barman-cloud-backup --version) tar=$(tar --version | head -n 1)
	zstd=$(zstd --version | grep -o 'v[0-9.]*')
	jq -cn --arg barman "${barman##* }" --arg tar "${tar##* }" --arg zstd "${zstd#v}" \
		'{"barman-cloud": $barman, tar: $tar, zstd: $zstd}'
}
