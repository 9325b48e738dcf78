# shellcheck shell=bash disable=SC2154 # $gap and $status are lib.sh's
# Sourced. The full backups that no schedule may be waited for: the first of an
# epoch, per repository, and one after a gap in either. They run beside
# everything else, one at a time, the third place's first; this container's small
# share of the processor keeps them from the applications that start meanwhile.
#
#   HF_FULL_AFTER   seconds after "ready": the first of an epoch reads and packs the whole cluster on the processors
#                   that the applications are starting on, and until it has ended the old sets and the new WAL restore

start_full_backups() {
	[[ -z ${full_backups:-} ]] || ! kill -0 "$full_backups" 2>/dev/null || return 0
	(($(date +%s) - $(stat -c %Y "$HF_STATE/ready" 2>/dev/null || date +%s) >= ${HF_FULL_AFTER:-15})) || return 0
	make_full_backups &
	full_backups=$!
}

make_full_backups() {
	[[ -e $HF_STATE/full-offsite ]] && ! is_wanted offsite || make_full_backup offsite
	[[ -e $HF_STATE/site-open ]] || return 0
	[[ -e $HF_STATE/full-site && ! -e $gap ]] && ! is_wanted site || make_full_backup site
}

make_full_backup() { # REPOSITORY
	local missed output started wanted
	missed=$(cat "$gap" 2>/dev/null || true)
	wanted=$(cat "$HF_STATE/full-wanted-$1" 2>/dev/null || true)
	if ! { [[ $1 == site && -n $missed ]]; } && ! is_wanted "$1" && has_full "$1"; then
		touch "$HF_STATE/full-$1"
		return
	fi
	started=$(now_ms)
	log info full-backup-started repository "$1"
	annotations
	if output=$({ [[ $1 != site ]] || push_histories site; } 2>&1 &&
		backrest "archive-$1" backup --type=full --start-fast "${annotations[@]}" --log-level-console=warn 2>&1); then
		touch "$HF_STATE/full-$1"
		# shellcheck disable=SC2016 # jq's variables
		edit_json "$status" --arg repository "$1" --argjson started "$started" --argjson ended "$(now_ms)" \
			'.backups[$repository] = {startedAtMs: $started, endedAtMs: $ended}'
		[[ $1 != site ]] || close_gap "$started"
		[[ -z $wanted ]] || printf '%s\n' "$wanted" >"$HF_STATE/full-mended-$1"
		log info full-backup-done repository "$1" milliseconds "$(($(now_ms) - started))"
	else
		touch "$HF_STATE/full-failed-$1"
		log warn full-backup-failed repository "$1" reason "$(tail -n 3 <<<"$output")"
	fi
}

# is_wanted REPOSITORY: the watch misses a segment there (full-wanted-*: the last one). Once a hole: the same one named
# again was seen before the new backup was listed. After a failure a minute's rest.
is_wanted() {
	local segment mended
	segment=$(cat "$HF_STATE/full-wanted-$1" 2>/dev/null) || return 1
	mended=$(cat "$HF_STATE/full-mended-$1" 2>/dev/null || true)
	[[ -n $segment && $segment > $mended ]] || return 1
	[[ ! -e $HF_STATE/full-failed-$1 ]] || (($(date +%s) - $(stat -c %Y "$HF_STATE/full-failed-$1") >= 60))
}

# The backup is whole without what was missed before it began; a later miss is another gap.
close_gap() { # STARTED-MS
	local last
	[[ -e $gap ]] || return 0
	last=$(stat -c %Y "$gap")
	((last * 1000 >= $1)) || rm -f "$gap"
}

has_full() { # REPOSITORY
	local info
	info=$(backrest "archive-$1" info --output=json --log-level-console=off) || return 1
	jq -e '[.[0].backup[]? | select(.type == "full" and .error != true)] | length > 0' <<<"$info" >/dev/null
}
