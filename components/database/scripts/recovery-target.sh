# shellcheck shell=bash disable=SC2154,SC2034 # found_* and read_at are repository.sh's
# Sourced. Where a recovery is to end, which sets it may begin from, and the
# refusals that are known before a byte is moved. What is asked for:
#   HF_RECOVERY_KIND        latest (default), time, lsn, name or set
#   HF_RECOVERY_TARGET      the time (YYYY-MM-DD HH:MM:SS[.ffffff]+ZZ), the LSN or the restore point's name
#   HF_RECOVERY_SET         kind set: that set, to its end; else the newest set to begin from
#   HF_RECOVERY_EXCLUSIVE   yes: stop just before a time or LSN
#   HF_RECOVERY_AS_OF       read the repository as it was then (before a deletion or overwriting)

target_kind=${HF_RECOVERY_KIND:-latest}
target=${HF_RECOVERY_TARGET:-}

has_target() { [[ $target_kind != latest ]]; }

# read_as_asked: from here on the repository is read as it was at the time asked for, if one is.
read_as_asked() {
	# pgBackRest demands the repository's number with it.
	[[ -z ${HF_RECOVERY_AS_OF:-} ]] || read_at=(--repo=1 "--repo-target-time=$HF_RECOVERY_AS_OF")
}

# forget_target: it has been reached; from now on the newest that there is counts again.
forget_target() {
	target_kind=latest target='' read_at=()
	HF_RECOVERY_SET='' HF_RECOVERY_EXCLUSIVE='' HF_RECOVERY_AS_OF='' HF_RECOVERY_REPOSITORY=offsite
}

# Numbers of LSNs and segments, as jq and bash compare them.
lsn_number() { printf '%d\n' "$(((16#${1%/*} << 32) + 16#${1#*/}))"; }

# segment_end SEGMENT: the LSN at which it ends, as a number.
segment_end() {
	local size=${HF_WAL_SEGMENT_BYTES:-16777216}
	printf '%d\n' "$(((16#${1:8:8} << 32) + (16#${1:16:8} + 1) * size))"
}

# candidate_sets [LIMIT-LSN]: label and end of each set that the recovery may begin from, the best first; of what
# look_at found last. With a limit, only sets that ended before it: later ones are of a history that was left.
candidate_sets() {
	local at=0
	case $target_kind in
	time) at=$(date -u -d "$target" +%s) ;;
	lsn) at=$(lsn_number "$target") ;;
	esac
	# shellcheck disable=SC2016 # jq's variables
	jq -r --arg kind "$target_kind" --arg set "${HF_RECOVERY_SET:-}" --argjson at "$at" --arg limit "${1:-}" '
		def lsn: ascii_upcase | split("/") | map(explode
				| reduce .[] as $c (0; . * 16 + (if $c > 57 then $c - 55 else $c - 48 end)))
			| .[0] * 4294967296 + .[1];
		[.[0].backup[]? | select(.error != true)] as $sets
		| (if $set == "" then $sets | length else ($sets | map(.label) | index($set) // -1) + 1 end) as $upto
		| $sets[:$upto] | reverse | .[]
		| select($kind != "time" or .timestamp.stop < $at)
		| select($kind != "lsn" or (.lsn.stop | lsn) <= $at)
		| select($limit == "" or .lsn.stop == null or (.lsn.stop | lsn) <= ($limit | lsn))
		| "\(.label) \(.lsn.stop // "-")"' <<<"$found_info"
}

# What is known of the sets, for a person who has to choose another target.
sets_in_words() {
	jq -r '[.[0].backup[]? | select(.error != true)
		| "\(.label) (ended \(.timestamp.stop // 0 | todate), \(.lsn.stop // "no LSN"))"]
		| if length > 4 then .[:1] + ["..."] + .[-3:] else . end | join(", ")' <<<"$found_info"
}

# require_target CONFIG: refuses what the repository cannot give. A target after the end of the archive would be
# found out only after hours of replay, as a FATAL of PostgreSQL's; one before the first set never.
require_target() {
	local stored
	[[ $target_kind =~ ^(latest|time|lsn|name|set)$ ]] ||
		refuse "recovery to a $target_kind is not known; it is latest, time, lsn, name or set"
	if [[ -n ${HF_RECOVERY_SET:-} ]] && ! jq -e --arg set "$HF_RECOVERY_SET" \
		'any(.[0].backup[]?; .label == $set)' <<<"$found_info" >/dev/null; then
		refuse "there is no backup set $HF_RECOVERY_SET in the repository; its sets: $(sets_in_words)"
	fi
	[[ -n $(candidate_sets) ]] ||
		refuse "the recovery target ($target_kind ${target:-$HF_RECOVERY_SET}) lies before the end of the first backup set; sets: $(sets_in_words)"
	case $target_kind in
	time)
		(($(date -u -d "$target" +%s) <= $(date -u +%s))) ||
			refuse "the recovery target $target lies in the future"
		stored=$(stored_at "$1")
		# Whatever was committed in that segment was committed before it was stored.
		[[ -z $stored ]] || (($(date -u -d "$target" +%s) <= stored)) ||
			refuse "the recovery target $target lies past the archive's end: its newest segment, $found_newest, was stored at $(date -u -d "@$stored" +'%Y-%m-%d %H:%M:%S+00')"
		;;
	lsn)
		[[ -z $found_newest ]] || (($(lsn_number "$target") <= $(segment_end "$found_newest"))) ||
			refuse "the recovery target $target lies past the archive's end: its newest segment is $found_newest"
		;;
	esac
}

# stored_at CONFIG: when the archive's newest segment was stored, in seconds; nothing where that is not known.
stored_at() {
	[[ -n $found_newest ]] || return 0
	backrest "$1" repo-ls "${read_at[@]}" --output=json --filter="^$found_newest-" \
		"archive/$HF_STANZA/$found_archive/${found_newest:0:16}" 2>/dev/null | jq -r '[.[].time] | max // empty' || true
}

# fork_of CONFIG ARCHIVE-ID TIMELINE: the LSN at which that timeline left the one before it.
fork_of() {
	backrest "$1" repo-get "archive/$HF_STANZA/$2/$(printf '%08X.history' "$3")" 2>/dev/null |
		grep -E '^[0-9]' | tail -n 1 | cut -f 2 || true
}

# target_options DAMAGED-SET-END: pgBackRest's options for the end of the recovery. With the end of a set that could
# not be used: the set before it, and WAL up to the place where the wanted one ended.
target_options() {
	local type=$target_kind at=$target
	case $target_kind in
	latest)
		printf '%s\n' --type=default
		return
		;;
	set)
		if [[ -z $1 ]]; then
			printf '%s\n' --type=immediate --target-action=promote
			return
		fi
		type=lsn at=$1
		;;
	esac
	printf '%s\n' "--type=$type" "--target=$at" --target-action=promote
	[[ ${HF_RECOVERY_EXCLUSIVE:-} != yes || $target_kind != @(time|lsn) ]] || printf '%s\n' --target-exclusive
}

# The marker's and the status file's word for it; null for an ordinary restore.
target_json() {
	# shellcheck disable=SC2016 # jq's variables
	jq -cn --arg kind "$target_kind" --arg target "$target" --arg set "${HF_RECOVERY_SET:-}" \
		--arg exclusive "${HF_RECOVERY_EXCLUSIVE:-}" --arg asOf "${HF_RECOVERY_AS_OF:-}" \
		--arg repository "${HF_RECOVERY_REPOSITORY:-offsite}" '
		if $kind == "latest" and $asOf == "" and $set == "" and $repository == "offsite" then null
		else {kind: $kind, repository: $repository}
			+ (if $target == "" then {} else {target: $target} end)
			+ (if $set == "" then {} else {set: $set} end)
			+ (if $exclusive == "yes" then {exclusive: true} else {} end)
			+ (if $asOf == "" then {} else {asOf: $asOf} end)
		end'
}
