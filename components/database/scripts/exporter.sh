#!/bin/bash
# Containers "metrics" and "postgres-exporter": "$@", again whenever it ends. A
# container that has ended makes the pod unready, and the database unreachable.
set -u
child=
trap '[[ -z $child ]] || kill "$child" 2>/dev/null; exit 0' TERM INT
while :; do
	"$@" &
	child=$!
	wait "$child"
	echo "exporter.sh: $1 ended with status $?, and is started again" >&2
	sleep "${HF_EXPORTER_PAUSE:-5}" &
	child=$!
	wait "$child"
done
