#!/bin/bash
# Container "postgres": the plan's parameters ("$@", -c name=value), raised to
# what the restored cluster needs for its recovery. The server is a child of this
# script and not the container's first process: to that one fall pgBackRest's
# asynchronous processes, and a postmaster takes a child that it does not know and
# that ends with an error (a full spool, a repository that does not answer) for a
# crashed backend: it would end every session and recover, again and again.
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
if [[ -f $PGDATA/recovery.signal ]]; then
	# A target that the archive does not hold ends this container again and again; its reason is kept for the steward.
	postgres -D "$PGDATA" "${arguments[@]}" 2> >(exec sed -u -e '/FATAL:  the database system/b' \
		-e "/FATAL:.*\(recover\|timeline\|checkpoint\|backup\|WAL\)/w $HF_STATE/fatal" >&2) &
else
	postgres -D "$PGDATA" "${arguments[@]}" &
fi
server=$!
for name in TERM INT QUIT; do
	# shellcheck disable=SC2064 # the name of now
	trap "kill -$name $server" "$name"
done
# A signal ends `wait`, not the server.
while :; do
	status=0
	wait "$server" || status=$?
	kill -0 "$server" 2>/dev/null || exit "$status"
done
