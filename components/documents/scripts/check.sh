#!/bin/bash
# Container "check": of the files that rows of the database name, a sample is read back from the third place and
# digested, half of it the newest. A file that is not there, or is another one, is counted and named.
#   PGHOST, PGPORT, PGUSER, PGDATABASE, HF_PASSWORD_FILE   where the rows are, and who reads them
#   HF_BUCKET, HF_PREFIX     in the third place
#   HF_CHECK, HF_SAMPLE      seconds between two checks, and rows of one
#   HF_GRACE                 seconds that a new file may take on its way
#   HF_METRICS               folder of the metrics
# shellcheck source=documents.sh
. "${HF_BIN:=/holdfast/documents}/documents.sh"
export PGPASSFILE=$HF_WORK/pgpass PGSSLMODE=require PGCONNECT_TIMEOUT=5

# rows: "digest  name" of the sample, as sha1sum would say it of each file. Nothing where Odoo has not been installed.
rows() {
	psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 \
		--set=half="$(((HF_SAMPLE + 1) / 2))" --set=grace="$HF_GRACE" <<-'SQL'
		select to_regclass('public.ir_attachment') is not null as installed \gset
		\if :installed
		with named as (
			select id, checksum || '  ' || store_fname as line from ir_attachment
			where store_fname is not null and checksum is not null
				and create_date < now() at time zone 'utc' - make_interval(secs => :grace))
		(select line from named order by id desc limit :half)
		union (select line from named order by random() limit :half);
		\endif
	SQL
}

# check: sets $checked and $missing.
check() {
	rows >"$HF_WORK/rows" 2>"$HF_WORK/complaint" || return 1
	LC_ALL=C sort --unique "$HF_WORK/rows" >"$HF_WORK/expected"
	checked=$(wc -l <"$HF_WORK/expected")
	: >"$HF_WORK/stored"
	if ((checked > 0)); then
		cut -c 43- "$HF_WORK/expected" >"$HF_WORK/names"
		# A name that is not stored is no error of rclone's: it is just not among the answers.
		rclone hashsum sha1 --download --files-from-raw "$HF_WORK/names" \
			"third:$HF_BUCKET/$HF_PREFIX/$PGDATABASE" >"$HF_WORK/answers" 2>"$HF_WORK/complaint" ||
			reachable || return 1
		LC_ALL=C sort --unique "$HF_WORK/answers" >"$HF_WORK/stored"
	fi
	LC_ALL=C comm -23 "$HF_WORK/expected" "$HF_WORK/stored" >"$HF_WORK/missing"
	missing=$(wc -l <"$HF_WORK/missing")
}

# A bucket that answers makes what it lacks a finding; one that does not makes it nobody's.
reachable() { rclone lsf --max-depth 1 "third:$HF_BUCKET" >/dev/null 2>&1; }

write_metrics() {
	cat >"$HF_METRICS/objects-check.prom.new" <<-EOM
		# HELP holdfast_objects_missing Sampled documents that rows name and that the third place lacks, or has with other contents.
		# TYPE holdfast_objects_missing gauge
		holdfast_objects_missing $missing
		# HELP holdfast_objects_checked Documents that the last check sampled.
		# TYPE holdfast_objects_checked gauge
		holdfast_objects_checked $checked
		# HELP holdfast_objects_check_timestamp_seconds End of the last check, Unix time.
		# TYPE holdfast_objects_check_timestamp_seconds gauge
		holdfast_objects_check_timestamp_seconds $(date +%s)
	EOM
	mv "$HF_METRICS/objects-check.prom.new" "$HF_METRICS/objects-check.prom"
}

trap 'exit 0' TERM INT
# libpq ignores a password file that its group may read, and a secret's files are of a group's.
(
	umask 077
	printf '%s:%s:*:%s:%s\n' "$PGHOST" "$PGPORT" "$PGUSER" "$(cat "$HF_PASSWORD_FILE")" >"$PGPASSFILE"
)
while :; do
	if check; then
		if ((missing > 0)); then
			log error missing documents "$missing" of "$checked" first "$(cut -c 43- "$HF_WORK/missing" | head -n 5 | paste -sd ' ')"
		else
			log info checked documents "$checked"
		fi
		write_metrics
		nap "$HF_CHECK"
	else
		# The database may be restoring still.
		log warn check reason "$(tail -n 1 "$HF_WORK/complaint")"
		nap "$((HF_CHECK < 30 ? HF_CHECK : 30))"
	fi
done
