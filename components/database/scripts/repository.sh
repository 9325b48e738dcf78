# shellcheck shell=bash disable=SC2034 # found_* are for restore.sh
# Sourced. What an epoch's path in the repository holds, as pgBackRest tells it.

# Options with which the repository is read; recovery-target.sh sets the time at which it is looked at.
read_at=()

# look_at CONFIG: sets found_info, found_sets, found_code, found_archive, found_newest, found_system for that path.
look_at() {
	local info message
	# With another cipher's key the message quotes what it decrypted, control characters and all: no JSON then.
	info=$(backrest "$1" info "${read_at[@]}" --output=json --log-level-console=off | tr '\000-\037' ' ') ||
		refuse "pgbackrest info failed for $1: $info"
	# One jq, not one a field: all of this is on the way to the first transaction after a loss.
	IFS=$'\x1f' read -r found_code found_sets found_archive found_newest found_system message < <(jq -r '
		.[0] as $stanza
		| [($stanza.repo[0].status.code // 1),
			([$stanza.backup[]? | select(.error != true)] | length),
			([$stanza.archive[]?] | last | .id // ""),
			([$stanza.archive[]? | .max // empty] | last // ""),
			([$stanza.db[]?] | last | ."system-id" // ""),
			($stanza.repo[0].status.message // "" | gsub("[^!-~]+"; " ") | .[:300])]
		| map(tostring) | join("\u001f")' <<<"$info") || refuse "pgbackrest info gave no JSON for $1: $info"
	found_info=$info
	# 0 ok, 1 no such stanza, 2 no backup set, 3 stanza without its info files. Anything else says nothing
	# about what is there: unreachable, refused, another cipher's key.
	[[ $found_code =~ ^[0-3]$ ]] || refuse "the repository could not be read ($1): $message"
}

timeline_of() { printf '%d\n' "$((16#${1:0:8}))"; }

# has_history CONFIG ARCHIVE-ID TIMELINE
has_history() {
	local name
	name=$(printf '%08X.history' "$3")
	[[ -n $(backrest "$1" repo-ls "${read_at[@]}" --filter="^$name\$" "archive/$HF_STANZA/$2") ]]
}

# deleted_history CONFIG: what to do when a path holds no set but once did. A
# delete in a versioned bucket only makes markers, so a listing of versions tells.
deleted_history() {
	local endpoint path xml when
	endpoint=https://$(conf_value "$1" repo1-storage-host):$(conf_value "$1" repo1-storage-port)
	path=$(conf_value "$1" repo1-path)
	xml=$(s3_get "$endpoint/$(conf_value "$1" repo1-s3-bucket)?max-keys=1000&prefix=${path#/}%2Fbackup%2F$HF_STANZA%2Fbackup.info&versions=" 2>/dev/null) || return 0
	# The first of the latest deletes: just before it the repository was whole.
	when=$(grep -o '<DeleteMarker>.*</DeleteMarker>' <<<"${xml//$'\n'/}" | sed 's/<\/DeleteMarker>/&\n/g' |
		grep '<IsLatest>true</IsLatest>' | sed -n 's/.*<LastModified>\([^<]*\)<.*/\1/p' | sort | head -n 1)
	[[ -n $when ]] || return 0
	printf '; its files were deleted (delete markers since %s) and older versions are still there: read it as of before that, with --repo=1 --repo-target-time="%s"' \
		"$when" "$(date -u -d "$when - 1 second" +'%Y-%m-%d %H:%M:%S+00')"
}
