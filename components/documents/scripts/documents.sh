# shellcheck shell=bash disable=SC2034 # names used by those who source it
# Sourced by the programs that carry documents. Remotes, by rclone.conf: "third" is the third place's bucket,
# "site" this site's copy. Every path can be set from outside, so that the decisions can be tried without a pod.
set -euo pipefail

: "${HF_BIN:=/holdfast/documents}"
: "${HF_DOCUMENTS:=/etc/holdfast/documents}"
: "${HF_WORK:=/tmp}"
# shellcheck source=../../database/scripts/log.sh
. "$HF_BIN/log.sh"

# Each caller comes again in seconds, so nothing is retried for long in here.
export RCLONE_CONFIG=$HF_DOCUMENTS/rclone.conf RCLONE_CA_CERT=$HF_DOCUMENTS/ca.crt HOME=$HF_WORK
export RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=3 RCLONE_CONTIMEOUT=5s RCLONE_TIMEOUT=30s
export RCLONE_FAST_LIST=true RCLONE_USE_SERVER_MODTIME=true RCLONE_TRANSFERS=8 RCLONE_CHECKERS=16

# list REMOTE-PATH: the names below it, sorted; none where nothing has been stored yet.
list() {
	local status=0
	rclone lsf --recursive --files-only "$1" >"$HF_WORK/listing" || status=$?
	# 3: no such directory, which in an object store is an empty one.
	((status == 0 || status == 3)) || return "$status"
	LC_ALL=C sort "$HF_WORK/listing"
}

# last_line TEXT: what a log line can hold of a program's complaint.
last_line() { tail -n 1 <<<"$1"; }

# nap SECONDS: a pause that TERM ends at once, and that leaves nothing behind.
nap() {
	local sleeper
	sleep "$1" &
	sleeper=$!
	wait "$sleeper" || true
	kill "$sleeper" 2>/dev/null || true
}

# Whoever copies or sleeps on behalf of a script that has been told to stop.
stop_children() {
	local children
	children=$(jobs -p)
	# shellcheck disable=SC2086 # one word a process
	[[ -z $children ]] || kill $children 2>/dev/null || true
}
trap stop_children EXIT
