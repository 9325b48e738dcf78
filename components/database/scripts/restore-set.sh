# shellcheck shell=bash disable=SC2154 # found_*, read_at and marker are of the others
# Sourced. Restores a set; when what is stored of it is damaged, the one before
# it, and says so. The marker says "restoring" until the last byte is there.

# pgBackRest's errors that say something of the set's content: checksum, file invalid, format, file missing, set
# invalid, decryption, JSON. look_at has read the repository's own info just before, so that the key is the right one
# and the store answers: an error of decryption is then damage too. Whatever else is wrong (unreachable, refused) would
# be so for the next set as well.
damage_codes=" 026 028 029 055 075 095 099 "

# restore_best CONFIG TIMELINE-OPTION [LIMIT-LSN]: the best set for the target; a limit where the history asked for
# left the one of the sets there.
restore_best() {
	local sets line label end damaged_end='' reason
	fallbacks=$(marked_sets "${3:-}")
	mapfile -t sets < <(candidate_sets "${3:-}")
	((${#sets[@]} > 0)) ||
		refuse "no backup set ended before ${3:-the target}, where the history that is asked for begins; sets: $(sets_in_words)"
	if [[ $fallbacks != '[]' ]]; then
		log error sets-damaged-at-source fallbacks "$fallbacks"
		note fallbacks "$fallbacks"
	fi
	[[ ${HF_RECOVERY_FALLBACK:-yes} == yes ]] || sets=("${sets[0]}")
	for line in "${sets[@]}"; do
		read -r label end <<<"$line"
		require_room "$label"
		if restore_set "$1" "$2" "$label" "$damaged_end"; then
			write_marker complete "\"$(system_identifier)\"" "\"$label\""
			note backupSet "\"$label\""
			note systemIdentifier "\"$(system_identifier)\""
			return
		fi
		reason=$(restore_error)
		is_damage "$reason" || refuse "pgbackrest restore failed: $reason"
		log error set-damaged label "$label" reason "$reason"
		# shellcheck disable=SC2016 # jq's variables
		fallbacks=$(jq -c --arg set "$label" --arg reason "$reason" '. + [{$set, $reason}]' <<<"$fallbacks")
		note fallbacks "$fallbacks"
		# A damaged set that was asked for by name: the place where it ended is reached by replaying WAL to there.
		[[ -n $damaged_end || $end == - ]] || damaged_end=$end
	done
	refuse "pgbackrest restore failed for every set tried ($(jq -r 'map(.set) | join(", ")' <<<"$fallbacks")): $reason"
}

# marked_sets: as fallbacks, the newest sets that are passed over because their own backup found corrupt pages at the
# source. WAL holds no such page: the clean set before them and the WAL since give whole ones. Only where the newest is
# what is wanted: a recovery to an earlier moment has other reasons to begin from an earlier set.
marked_sets() { # LIMIT-LSN
	if has_target || [[ -n $1 ]]; then
		echo '[]'
		return
	fi
	jq -c '[.[0].backup[]?]
		| (map(.error != true) | rindex(true) // -1) as $clean
		| .[$clean + 1:] | reverse
		| map({set: .label, reason: "its backup found pages with a wrong checksum at the source"})' <<<"$found_info"
}

is_damage() { [[ $1 =~ ^\[([0-9]{3})\] && $damage_codes == *" ${BASH_REMATCH[1]} "* ]]; }

# The first ERROR line, from its code on, and what else was said last.
restore_error() {
	sed -n 's/.*ERROR: *\(\[[0-9]*\]\)/\1/p' "$HF_STATE/restore-errors" 2>/dev/null | head -n 1 | cut -c -500 |
		grep . || tail -n 3 "$HF_STATE/restore-errors" 2>/dev/null || true
}

restore_set() { # CONFIG TIMELINE LABEL DAMAGED-SET-END
	local options failed=''
	mapfile -t options < <(target_options "$4")
	if [[ ${options[0]} == --type=immediate ]]; then
		# pgBackRest takes no timeline with it, and PostgreSQL would look for the newest.
		options+=("--recovery-option=recovery_target_timeline=${2##*=}")
	else
		options+=("$2")
	fi
	take_over_data
	log info restoring from "$1" set "$3" timeline "${2##*=}" delta "${#delta[@]}"
	write_marker restoring null null
	backrest "$1" restore "${read_at[@]}" "${delta[@]}" "${options[@]}" --set="$3" \
		--recovery-option=restore_command="$HF_BIN/archive-get %f %p" \
		--log-level-console=detail > >(progress) 2>&1 || failed=yes
	wait "$!" || true # what it said is only known when its reader has ended
	[[ -z $failed ]] || return 1
	drop_archive_settings
}

# take_over_data: sets delta for a directory that holds data of ours.
take_over_data() {
	delta=()
	has_data || return 0
	refuse_running
	# Left by a site that was killed; the claim is ReadWriteOnce, so no server is running on it.
	rm -f "$PGDATA/postmaster.pid"
	if [[ -f $PGDATA/PG_VERSION || -f $PGDATA/backup.manifest ]]; then
		delta=(--delta)
	elif [[ $(jq -r .state "$marker" 2>/dev/null) == restoring ]]; then
		empty_data # the beginning of a restore that failed before it knew its files
	else
		refuse "$PGDATA is not empty and no data directory (no PG_VERSION): nothing is written over what is not known"
	fi
}

# A restore into a running server's directory destroys both.
refuse_running() {
	local pid
	[[ -s $PGDATA/postmaster.pid ]] || return 0
	pid=$(head -n 1 "$PGDATA/postmaster.pid")
	[[ $pid =~ ^[0-9]+$ && $(cat "/proc/$pid/comm" 2>/dev/null) == postgres ]] || return 0
	refuse "a PostgreSQL server (process $pid) is running on $PGDATA: stop it first"
}

# require_room SET: its files, and a twentieth for WAL, must fit before the first of them is written.
require_room() {
	local needed room column=avail
	needed=$(jq -r --arg set "$1" '[.[0].backup[]? | select(.label == $set) | .info.size // 0] | first // 0' <<<"$found_info")
	needed=$((needed + needed / 20))
	has_data && column=size
	room=$(df --block-size=1 --output="$column" "$HF_VOLUME" | tail -n 1)
	[[ -z ${HF_CLAIM_BYTES:-} ]] || ((HF_CLAIM_BYTES >= room)) || room=$HF_CLAIM_BYTES
	((needed <= room)) ||
		refuse "the volume is too small: backup set $1 needs $needed bytes with its WAL, the volume has $room"
	require_inodes "$1" "$needed" "$column"
}

# What every cluster has: a thousand files of its catalogues, and one for each gigabyte.
require_inodes() { # SET BYTES COLUMN
	local files total free
	files=$((1000 + $2 / 2 ** 30))
	read -r total free < <(df --output=itotal,iavail "$HF_VOLUME" | tail -n 1)
	[[ $total =~ ^[1-9] ]] || return 0 # "0" or "-": a file system that does not count them
	[[ $3 == avail ]] || free=$total   # what is there is written over
	((free >= files)) ||
		refuse "the volume has too few inodes: backup set $1 has $files files at least, the volume has room for $free"
}

# pgBackRest's detail lines as progress: each file's line ends in the percentage so far.
progress() {
	local line last=-5 percent
	: >"$HF_STATE/restore-errors"
	while IFS= read -r line; do
		if [[ $line =~ ,\ ([0-9]+)\.[0-9]+%\) ]]; then
			percent=${BASH_REMATCH[1]}
			((percent < last + 5)) && continue
			last=$percent
			log info progress percent "$percent"
		elif [[ $line =~ restore\ backup\ set\ ([0-9A-Za-z_-]+) ]]; then
			log info set label "${BASH_REMATCH[1]}"
		elif [[ $line == *ERROR* || $line == *WARN* || $line == *HINT* ]]; then
			printf '%s\n' "$line" >>"$HF_STATE/restore-errors"
			printf '%s\n' "$line" >&2
		fi
	done
}

# write_wal_sources CONFIG...: where archive-get looks, in this order, and as of when it looks in the sources.
write_wal_sources() {
	printf '%s\n' "$*" >"$HF_STATE/wal-sources"
	printf '%s\n' "${HF_RECOVERY_AS_OF:-}" >"$HF_STATE/wal-as-of"
}
