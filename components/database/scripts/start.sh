#!/bin/bash
# Container "postgres": the plan's parameters ("$@", -c name=value), raised to
# what the restored cluster needs for its recovery.
set -euo pipefail
: "${HF_STATE:=/run/holdfast}"

arguments=("$@")
if [[ -f $PGDATA/recovery.signal && -f $HF_STATE/floor ]]; then
	while read -r name needed; do
		have=$(postgres -D "$PGDATA" "$@" -C "$name")
		if ((have < needed)); then
			echo "start.sh: $name is $have, the restored cluster needs $needed" >&2
			arguments+=(-c "$name=$needed")
		fi
	done <"$HF_STATE/floor"
fi

# Only who holds a term may archive. A copy that did would write into the history of the cluster that it is a copy of,
# and neither could go on (error 045): it does not even start, whatever its arguments and its restored settings say.
refuse_archiving_copy() {
	local mode said
	case ${HF_ROLE:-} in active | draining | standby) return ;; esac
	mode=$(postgres -D "$PGDATA" "${arguments[@]}" -C archive_mode)
	[[ $mode != off ]] || return 0
	said="archive_mode is $mode in a copy (role ${HF_ROLE:-none}): a copy starts with archive_mode=off only"
	echo "FATAL:  $said" >"$HF_STATE/fatal"
	echo "start.sh: $said" >&2
	exit 1
}
refuse_archiving_copy

# serve COMMAND...: not by exec. Process 1 inherits orphans, and an asynchronous archive-push is one: PostgreSQL takes
# one that ended with an error (a revoked key, a dead store) for a crashed child of its own, ends every session and
# recovers. The shell only reaps them. It starts the server with INT ignored; PostgreSQL sets its own handlers.
serve() {
	local server status
	"$@" &
	server=$!
	trap 'kill -TERM "$server"' TERM
	trap 'kill -INT "$server"' INT QUIT
	while :; do
		status=0
		wait "$server" || status=$?
		# A signal ends the wait, not the server.
		kill -0 "$server" 2>/dev/null || exit "$status"
	done
}

[[ -f $PGDATA/recovery.signal ]] || serve postgres -D "$PGDATA" "${arguments[@]}"
# A target that the archive does not hold ends this container again and again; its reason is kept for the steward.
serve postgres -D "$PGDATA" "${arguments[@]}" 2> >(exec sed -u -e '/FATAL:  the database system/b' \
	-e "/FATAL:.*\(recover\|timeline\|checkpoint\|backup\|WAL\)/w $HF_STATE/fatal" >&2)
