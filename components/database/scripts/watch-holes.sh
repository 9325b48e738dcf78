# shellcheck shell=bash disable=SC2154 # $memory is watch.sh's
# Sourced. Segments that a repository should have and has not. pgBackRest keeps
# 2^32 bytes of WAL a directory, named by the first 16 digits of their segments;
# the newest is listed at every look, the others by turns, so that a long archive
# costs no more than a short one.

# find_holes CONFIG REPOSITORY ARCHIVE-ID FIRST LAST SEGMENT-SIZE: prints the missing segments between the two,
# those that two looks have missed. Names are compared as strings: to awk 00000001000000000000001E5 is a number. Holes at a fork of timelines are not told from the fork itself.
find_holes() {
	local config=$1 repository=$2 id=$3 first=$4 last=$5 size=$6 folder=$memory/holes-$2 directory waiting turn file
	local -a directories=()
	mkdir -p "$folder"
	# Before the listing: what waits now can be in it only sooner than expected.
	waiting=$(find "$PGDATA/pg_wal/archive_status" -name '*.ready' -printf '%f\n' 2>/dev/null || true)
	readarray -t directories < <(wal_directories "$config" "$id" "$first" "$last")
	turn=$(cat "$folder/turn" 2>/dev/null || echo 0)
	printf '%s\n' "$(((turn + 1) % (${#directories[@]} * 6)))" >"$folder/turn"
	for directory in "${directories[@]}"; do
		file=$folder/$directory
		if [[ $directory == "${last:0:16}" || ! -e $file || -s $file ]] ||
			{ ((turn % 6 == 0)) && [[ $directory == "${directories[turn / 6]}" ]]; }; then
			look_into "$config" "$id" "$directory" "$first" "$last" "$size" "$waiting" "$file" || return 1
		fi
		comm -12 <(sort "$file") <(sort "$file.before") | awk -v first="$first" '$0 "" >= first ""'
	done
}

# wal_directories CONFIG ARCHIVE-ID FIRST LAST: in order. Of one timeline they follow from the two names.
wal_directories() {
	local timeline=${3:0:8} number
	if [[ $timeline == "${4:0:8}" ]]; then
		for ((number = 16#${3:8:8}; number <= 16#${4:8:8}; number++)); do printf '%s%08X\n' "$timeline" "$number"; done
	else
		ask_repository "$1" repo-ls "archive/$HF_STANZA/$2" |
			awk -v first="${3:0:16}" -v last="${4:0:16}" 'length == 16 && $0 "" >= first "" && $0 "" <= last ""' | sort
	fi
}

# look_into CONFIG ARCHIVE-ID DIRECTORY FIRST LAST SEGMENT-SIZE WAITING FILE: FILE has what is missing there, FILE.before
# what was at the look before. A push in flight is missing at one look, not at two.
look_into() {
	local config=$1 id=$2 directory=$3 first=$4 last=$5 size=$6 waiting=$7 file=$8 listed
	listed=$(ask_repository "$config" repo-ls "archive/$HF_STANZA/$id/$directory") || return 1
	[[ ! -e $file ]] || cp "$file" "$file.before"
	awk -v directory="$directory" -v first="$first" -v last="$last" -v per="$((0x100000000 / size))" '
		FNR == NR { sub(/\.ready$/, ""); waiting[$0]; next }
		{ name = substr($0, 1, 24) }
		name ~ /^[0-9A-F]+$/ && substr($0, 25, 1) == "-" {
			listed[name]
			if (name > newest) newest = name
			if (oldest == "" || name < oldest) oldest = name
		}
		END {
			for (i = 0; i < per; i++) {
				name = sprintf("%s%08X", directory, i)
				if (name < first || name > last || name in listed || name in waiting) continue
				# Of an older timeline nobody knows where it ends, of a newer one where it begins.
				if (substr(name, 1, 8) != substr(last, 1, 8) && name > newest) continue
				if (substr(name, 1, 8) != substr(first, 1, 8) && name < oldest) continue
				print name
			}
		}' <(printf '%s\n' "$waiting") <(printf '%s\n' "$listed") >"$file.new"
	mv "$file.new" "$file"
	[[ -e $file.before ]] || : >"$file.before"
}
