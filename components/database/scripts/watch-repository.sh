# shellcheck shell=bash disable=SC2154 # $memory, $now and $gap are others'
# Sourced. What a repository holds, as it says itself: the outcome of a job or of
# the archive command proves nothing. One that does not answer keeps its last
# known numbers, which grow old by themselves, and is said to be down.

# look_at_repository NAME
look_at_repository() {
	local name=$1 config=archive-$1 up=0 info=$memory/info-$1.json holes=$memory/missing-$1 now
	# The third place's with keys that can only read; the site's store has one identity.
	[[ $name != offsite ]] || config=restore-current
	now_s
	if fetch_info "$config" "$info"; then
		up=1
		printf '%s\n' "$now" >"$memory/seen-$name"
		jq -r '.[0].archive // [] | last | .max // ""' "$info" >"$memory/newest-$name"
		list_holes "$config" "$name" "$info" >"$holes.new" && mv "$holes.new" "$holes" || up=0
	fi
	ask_for_full "$name" "$info" "$holes"
	describe_repository "$name" "$up" "$info" "$holes" | publish "repository-$name"
}

ask_repository() { # CONFIG COMMAND...
	as_role "$1" timeout --kill-after=2 "$HF_WATCH_TIMEOUT" \
		pgbackrest --config="$HF_CONFIG/$1.conf" --stanza="$HF_STANZA" --log-level-console=off "${@:2}"
}

# fetch_info CONFIG FILE: an answer that says nothing about the contents (unreachable, another cipher's key) is none.
fetch_info() {
	ask_repository "$1" info --output=json >"$2.new" &&
		jq -e '.[0].repo[0].status.code // 1 | . >= 0 and . <= 3' "$2.new" >/dev/null 2>&1 &&
		mv "$2.new" "$2"
}

list_holes() { # CONFIG NAME INFO
	local id first last size
	read -r id first last < <(jq -r '.[0] | (.archive // [] | last) as $archive
		| ([.backup[]? | select(.error != true) | .archive.start // empty] | min) as $first
		| [$archive.id // "-", $first // "-", $archive.max // "-"] | join(" ")' "$3")
	[[ $first != - && $last != - && ! $first > $last ]] || return 0
	read -r _ _ _ _ size _ 2>/dev/null <"$memory/server" || return 0
	find_holes "$1" "$2" "$id" "$first" "$last" "$size"
}

# holes_after_full INFO HOLES: those that no full backup has begun after.
holes_after_full() {
	local full
	full=$(newest_full_start "$1") && [[ -n $full ]] || return 0
	awk -v full="$full" '$0 "" >= full ""' "$2" 2>/dev/null || true
}

newest_full_start() {
	[[ -s $1 ]] && jq -r '[.[0].backup[]? | select(.type == "full" and .error != true) | .archive.start // empty] | max // ""' "$1"
}

# The steward makes it (full-backups.sh): this container may not write to the repository.
ask_for_full() { # NAME INFO HOLES
	local last
	last=$(holes_after_full "$2" "$3" | tail -n 1)
	if [[ -z $last ]]; then
		rm -f "$HF_STATE/full-wanted-$1"
	elif [[ $(cat "$HF_STATE/full-wanted-$1" 2>/dev/null) != "$last" ]]; then
		log warn gap repository "$1" missing "$last"
		printf '%s\n' "$last" >"$HF_STATE/full-wanted-$1.new"
		mv "$HF_STATE/full-wanted-$1.new" "$HF_STATE/full-wanted-$1"
	fi
}

has_gap() { # NAME INFO HOLES
	[[ $1 == site && -e $gap ]] || [[ -n $(holes_after_full "$2" "$3") ]]
}

describe_repository() { # NAME UP INFO HOLES
	local label="repository=\"$1\""
	gauge holdfast_repository_up "Whether the repository answered at the last look."
	printf 'holdfast_repository_up{%s} %s\n' "$label" "$2"
	gauge holdfast_wal_archive_gap "Whether a segment is missing that no full backup has begun after."
	printf 'holdfast_wal_archive_gap{%s} %s\n' "$label" "$(truth has_gap "$1" "$3" "$4")"
	[[ -s $3 ]] || return 0
	gauge holdfast_repository_last_seen_timestamp_seconds "When the repository last answered."
	printf 'holdfast_repository_last_seen_timestamp_seconds{%s} %s\n' "$label" "$(cat "$memory/seen-$1")"
	gauge holdfast_wal_missing_segments "Segments missing between the oldest backup set's start and the newest segment."
	printf 'holdfast_wal_missing_segments{%s} %s\n' "$label" "$(grep -c . "$4" 2>/dev/null || true)"
	jq -r --arg repository "$1" '
		def gauge($name; $help): "# HELP \($name) \($help)", "# TYPE \($name) gauge";
		[.[0].backup[]? | select(.error != true)] as $sets
		| ([$sets | group_by(.type)[] | max_by(.timestamp.stop)]) as $newest
		| select($sets != [])
		| gauge("holdfast_backup_last_success_timestamp_seconds"; "End of the newest backup set of a kind that the repository lists."),
			($newest[] | "holdfast_backup_last_success_timestamp_seconds{repository=\"\($repository)\",kind=\"\(.type)\"} \(.timestamp.stop)"),
			gauge("holdfast_backup_last_size_bytes"; "What that set takes in the repository."),
			($newest[] | "holdfast_backup_last_size_bytes{repository=\"\($repository)\",kind=\"\(.type)\"} \(.info.repository.delta)"),
			gauge("holdfast_repository_oldest_restorable_timestamp_seconds"; "End of the oldest backup set: no earlier moment can be restored."),
			"holdfast_repository_oldest_restorable_timestamp_seconds{repository=\"\($repository)\"} \([$sets[].timestamp.stop] | min)"' "$3"
}
