#!/bin/sh
# Second half of a place's first process: runs the set-up once, then keeps every
# part running. A part that ends is started again a second later; one that ends
# with status 0 and is called *.once stays ended.
set -u
cd /
parts=/etc/holdfast/parts
logs=/var/log/holdfast

say() { echo "--- $(date -u +%H:%M:%S) $*"; }

supervise() {
	name=${1%.once}
	export HOLDFAST_PART="$name"
	exec >>"$logs/$name.log" 2>&1 </dev/null 9>&-
	while :; do
		say "starting $name"
		"$parts/$1"
		status=$?
		say "$name ended with $status"
		[ "$1" != "$name" ] && [ "$status" -eq 0 ] && exit 0
		sleep 1
	done
}

if [ -x /etc/holdfast/setup ]; then
	/etc/holdfast/setup >>"$logs/setup.log" 2>&1 || {
		say "the set-up failed; see setup.log"
		exit 1
	}
fi
for part in "$parts"/*; do
	supervise "${part##*/}" &
done
# Orphans come to the first process: waiting reaps them too.
while :; do
	wait
	sleep 1
done
