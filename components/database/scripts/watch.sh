#!/bin/bash
# Container "watch": measures what a backup is worth and writes it where
# node_exporter reads it, each file whole or not at all. The server and each
# repository are looked at by loops of their own: a repository that drops
# everything delays no other's numbers. `watch once` looks a single time.
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
: "${HF_WATCH_INTERVAL:=10}" "${HF_WATCH_JOBS_INTERVAL:=60}" "${HF_WATCH_TIMEOUT:=30}" "${HF_BREAKER_SECONDS:=60}"
metrics=$HF_STATE/metrics
memory=$HF_STATE/watch # of earlier looks; forgotten with the pod
# shellcheck source=watch-lag.sh
. "$HF_BIN/watch-lag.sh"
# shellcheck source=watch-holes.sh
. "$HF_BIN/watch-holes.sh"
# shellcheck source=watch-repository.sh
. "$HF_BIN/watch-repository.sh"
# shellcheck source=watch-jobs.sh
. "$HF_BIN/watch-jobs.sh"

main() {
	declare -A loops=()
	mkdir -p "$metrics" "$memory"
	while :; do
		look_at_server || true
		keep_loop jobs "$HF_WATCH_JOBS_INTERVAL" look_at_jobs
		# A rehearsal archives nothing. Before the gate is open a promotion has better use for the processor.
		if [[ $HF_ROLE != rehearsal && -e $HF_STATE/archive-open || -n ${loops[offsite]:-} ]]; then
			keep_loop offsite "$HF_WATCH_INTERVAL" look_at_repository offsite
			keep_loop site "$HF_WATCH_INTERVAL" look_at_repository site
		fi
		sleep "$HF_WATCH_INTERVAL"
	done
}

once() {
	mkdir -p "$metrics" "$memory"
	look_at_server
	look_at_repository offsite
	look_at_repository site
	look_at_jobs
	publish_server # with what the repositories have just said
}

# keep_loop NAME SECONDS COMMAND...: started, and started again should it have ended.
keep_loop() {
	local name=$1 seconds=$2
	shift 2
	[[ -z ${loops[$name]:-} ]] || ! kill -0 "${loops[$name]}" 2>/dev/null || return 0
	while :; do
		sleep "$seconds"
		"$@" || log warn look-failed what "$name"
	done &
	loops[$name]=$!
}

# now_s: sets $now. HF_NOW is for trying out what hours do.
now_s() { if [[ -n ${HF_NOW:-} ]]; then now=$HF_NOW; else printf -v now '%(%s)T' -1; fi; }

# publish NAME: standard input, as NAME.prom.
publish() {
	cat >"$metrics/$1.prom.new"
	mv "$metrics/$1.prom.new" "$metrics/$1.prom"
}

# gauge NAME MEANING: what comes before a metric's values.
gauge() { printf '# HELP %s %s\n# TYPE %s gauge\n' "$1" "$2" "$1"; }

truth() { if "$@"; then echo 1; else echo 0; fi; }

look_at_server() {
	sample_position
	publish_server
}

publish_server() {
	now_s
	describe_server | publish holdfast
}

describe_server() {
	local name size available
	gauge holdfast_info "Which site serves, in which role and epoch."
	printf 'holdfast_info{site="%s",role="%s",epoch="%s"} 1\n' "$HF_SITE" "$HF_ROLE" "$HF_EPOCH"
	gauge holdfast_exporter_last_run_timestamp_seconds "When these numbers were taken."
	printf 'holdfast_exporter_last_run_timestamp_seconds %s\n' "$now"
	gauge holdfast_archive_open "Whether the archive command may succeed: 0 before the epoch's stanza is there, and at a fenced site."
	printf 'holdfast_archive_open %s\n' "$(truth test -e "$HF_STATE/archive-open")"
	gauge holdfast_archive_breaker_open "Whether pushes to this repository are left out after one that failed."
	printf 'holdfast_archive_breaker_open{repository="site"} %s\n' "$(truth breaker_is_open)"
	gauge holdfast_wal_bytes "Size of pg_wal."
	printf 'holdfast_wal_bytes %s\n' "$(wal_bytes)"
	if read -r size available < <(df --block-size=1 --output=size,avail "$HF_VOLUME" | tail -n 1); then
		gauge holdfast_volume_size_bytes "Size of the database's volume."
		printf 'holdfast_volume_size_bytes %s\n' "$size"
		gauge holdfast_volume_available_bytes "What is left of the database's volume."
		printf 'holdfast_volume_available_bytes %s\n' "$available"
	fi
	[[ $HF_ROLE != rehearsal ]] || return 0
	gauge holdfast_wal_archive_lag_bytes "WAL that the server has and the repository has not."
	for name in offsite site; do describe_lag bytes "$name"; done
	gauge holdfast_wal_archive_lag_seconds "Age of the oldest write whose WAL is not in the repository."
	for name in offsite site; do describe_lag seconds "$name"; done
}

breaker_is_open() {
	[[ -e $HF_STATE/breaker-site ]] && ((now - $(stat -c %Y "$HF_STATE/breaker-site") < HF_BREAKER_SECONDS))
}

# Segments come and go while it counts.
wal_bytes() {
	local bytes _
	read -r bytes _ < <(du --summarize --bytes "$PGDATA/pg_wal" 2>/dev/null || true) || true
	printf '%s\n' "${bytes:-0}"
}

trap 'exit 0' TERM INT
if [[ ${1:-} == once ]]; then
	once
else
	# Never ends: a container that has ended makes the pod unready, and the database unreachable.
	while :; do
		main &
		wait "$!" || true
		sleep 5
	done
fi
