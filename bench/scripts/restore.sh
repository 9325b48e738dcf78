# shellcheck shell=bash disable=SC2154 # names of lib.sh
# Sourced. Ways to have the files, or the rows, again.

empty_target() {
	rm -rf "$target"
	mkdir -m 0700 "$target"
}

prepare_restore() { empty_target; }
run_restore() {
	backrest restore --pg1-path="$target" restore --type=default --target-timeline=1 \
		--recovery-option=restore_command="/holdfast/bin/archive-get %f %p"
}
facts_restore() { same_as_reference; }

prepare_copy() { empty_target; }
run_copy() { tar --create --file=- --directory="$reference" . | tar --extract --file=- --directory="$target"; }
facts_copy() { same_as_reference; }

prepare_unpack() { empty_target; }
run_unpack() { zstd --decompress --stdout --quiet "$basebackup/base.tar.zst" | tar --extract --file=- --directory="$target"; }
facts_unpack() { same_as_reference; }

prepare_pg_restore() {
	rm -rf "$scratch"
	initdb --pgdata="$scratch" --username=postgres --data-checksums --encoding=UTF8 \
		--locale-provider=builtin --locale=C.UTF-8 --auth-local=peer >&2
	start_server "$scratch" "$here_socket" -c archive_mode=off -c listen_addresses=
	until_true 60 is_ready "$here_socket"
	sql --host="$here_socket" --dbname=postgres -c "create database $database" -c checkpoint
}
run_pg_restore() {
	pg_restore --host="$here_socket" --username=postgres --jobs=2 --dbname="$database" "$dump"
	sql --host="$here_socket" --dbname="$database" -c checkpoint
}
facts_pg_restore() {
	local want have query='select count(*) from noise union all select count(*) from pgbench_accounts'
	have=$(sql --host="$here_socket" --dbname="$database" -c "$query")
	want=$(sql --dbname="$database" -c "$query")
	stop_server "$scratch"
	rm -rf "$scratch"
	[[ $have == "$want" ]] || {
		echo "pg_restore brought ${have//$'\n'/ + } rows, the source has ${want//$'\n'/ + }" >&2
		return 1
	}
	echo '{}'
}

barman_newest() {
	barman backup-list --format json -- | jq -er '[.backups_list[] | select(.status == "DONE")] | last | .backup_id'
}
barman_into_target() {
	local backup
	backup=$(barman_newest)
	barman restore -- "$backup" "$target"
}
# Backups of these kinds are for their restores alone: one is enough.
barman_prepare() { # [OPTION...]
	empty_target
	barman_newest >/dev/null 2>&1 || barman_base "$@"
}

prepare_barman_restore() { empty_target; }
run_barman_restore() { barman_into_target; }
facts_barman_restore() { same_as_reference; }

prepare_barman_plain_restore() { barman_kind=plain barman_prepare; }
run_barman_plain_restore() { barman_kind=plain barman_into_target; }
facts_barman_plain_restore() { same_as_reference; }

prepare_barman_gzip_restore() { barman_kind=gzip barman_prepare --gzip; }
run_barman_gzip_restore() { barman_kind=gzip barman_into_target; }
facts_barman_gzip_restore() { same_as_reference; }
