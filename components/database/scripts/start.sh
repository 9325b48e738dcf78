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
[[ -f $PGDATA/recovery.signal ]] || exec postgres -D "$PGDATA" "${arguments[@]}"
# A target that the archive does not hold ends this container again and again; its reason is kept for the steward.
exec postgres -D "$PGDATA" "${arguments[@]}" 2> >(exec sed -u -e '/FATAL:  the database system/b' \
	-e "/FATAL:.*\(recover\|timeline\|checkpoint\|backup\|WAL\)/w $HF_STATE/fatal" >&2)
