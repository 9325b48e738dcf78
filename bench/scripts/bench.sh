#!/bin/bash
# bench.sh COMMAND THING [ARGUMENT...]: in one of the pod's containers, prepares
# or measures one thing. What it measures ends when the bytes are on the disk.
# The last line of standard output is JSON; everything else goes to standard error.
here=$(dirname "$0")
# shellcheck source=lib.sh
. "$here/lib.sh"
# shellcheck source=source.sh
. "$here/source.sh"
# shellcheck source=backup.sh
. "$here/backup.sh"
# shellcheck source=restore.sh
. "$here/restore.sh"
# shellcheck source=wal.sh
. "$here/wal.sh"

exists() { declare -F "$1" >/dev/null; }

measure() { # THING [ARGUMENT...]
	local thing=$1 started took more='{}'
	shift
	exists "run_$thing"
	started=$(now_us)
	"run_$thing" "$@" >&2
	sync --file-system /tmp # the disk of every volume and of the offsite store
	took=$(($(now_us) - started))
	if exists "facts_$thing"; then more=$("facts_$thing"); fi
	jq -cn --argjson us "$took" --argjson more "$more" '{seconds: ($us / 1e6)} + $more'
}

prepare() { # THING [ARGUMENT...]
	local thing=$1
	shift
	! exists "prepare_$thing" || "prepare_$thing" "$@" >&2
	echo '{}'
}

case $1 in
measure | prepare) "$@" ;;
do) # THING [ARGUMENT...]: not timed
	exists "do_$2"
	"do_$2" "${@:3}"
	;;
*)
	echo "bench.sh: no such command: $1" >&2
	exit 2
	;;
esac
