#!/bin/bash
# Sidecar "documents" of Odoo's pod: new files of its filestore go to the third place every few seconds. A file's
# name there is the digest of its contents: one that is half written is recognised and waits, and one that is stored
# already needs no second look. Nothing is ever deleted: who restores to an earlier time needs what Odoo has collected.
#   HF_FILESTORE, HF_PREFIX          the folder, and its objects' first part
#   HF_BUCKET, HF_HEARTBEAT_KEY      in the third place
#   HF_PUSH, HF_HEARTBEAT, HF_CHECK  seconds between looks, heartbeats and comparisons of everything
# shellcheck source=documents.sh
. "${HF_BIN:=/holdfast/documents}/documents.sh"

# changed SINCE: documents whose files are newer than that second; 0: all.
changed() {
	[[ -d $HF_FILESTORE ]] || return 0
	# At this depth alone: Odoo's list of what it may collect has files of the same names one deeper.
	find "$HF_FILESTORE" -mindepth 3 -maxdepth 3 -type f -newermt "@$1" -regextype posix-extended \
		-regex '.*/[0-9a-f]{2}/[0-9a-f]{40}' -printf '%P\n' | LC_ALL=C sort
}

# sort_out: of the names on standard input, those whose contents are whole into one file, the others into another.
sort_out() {
	: >"$HF_WORK/whole"
	: >"$HF_WORK/unfinished"
	# A file that Odoo has collected meanwhile is no failure.
	(cd "$HF_FILESTORE" 2>/dev/null && xargs --no-run-if-empty --delimiter='\n' sha1sum 2>/dev/null || true) |
		awk -v whole="$HF_WORK/whole" -v unfinished="$HF_WORK/unfinished" '{
			name = substr($0, 43)
			digest = name
			sub(/.*\//, "", digest)
			print name > (digest == $1 ? whole : unfinished)
		}'
}

# push SINCE: all that changed since then is in the third place; 1 where something has to be tried again.
push() {
	local to=third:$HF_BUCKET/$HF_PREFIX
	changed "$1" >"$HF_WORK/candidates"
	if (($1 == 0)); then
		list "$to" >"$HF_WORK/there" || return 1
		LC_ALL=C comm -23 "$HF_WORK/candidates" "$HF_WORK/there" | sort_out
	else
		sort_out <"$HF_WORK/candidates"
	fi
	if [[ -s $HF_WORK/whole ]]; then
		rclone copy --no-traverse --ignore-existing --files-from-raw "$HF_WORK/whole" "$HF_FILESTORE" "$to" || return 1
	fi
	[[ ! -s $HF_WORK/unfinished ]] || {
		echo "not whole yet: $(head -n 1 "$HF_WORK/unfinished")"
		return 1
	}
}

# beat TIME: every document that was whole at that time (Unix, seconds) is in the third place.
beat() {
	printf '{"at":%d,"site":"%s"}\n' "$1" "$HF_SITE" | rclone rcat "third:$HF_BUCKET/$HF_HEARTBEAT_KEY"
}

stopping=''
trap 'stopping=yes' TERM INT

since=0 compared=0 beaten=0
while :; do
	last=$stopping
	# Odoo is told to stop in the same second, and may be writing still.
	[[ -z $last ]] || sleep 2
	began=$(date +%s)
	((began - compared < HF_CHECK)) || since=0
	if output=$(push "$since" 2>&1); then
		pushed=$(wc -l <"$HF_WORK/whole")
		# Twice where a file is as young as the clock's grain.
		((pushed == 0)) || log info pushed documents "$pushed"
		((since != 0)) || compared=$began
		# The clock of the files is coarser than this one.
		since=$((began - 2))
		if ((began - beaten >= HF_HEARTBEAT)); then
			if output=$(beat "$began" 2>&1); then beaten=$began; else log warn beat reason "$(last_line "$output")"; fi
		fi
	else
		log warn push reason "$(last_line "$output")"
	fi
	[[ -z $last ]] || exit 0
	[[ -n $stopping ]] || nap "$HF_PUSH"
done
