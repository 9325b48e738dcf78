#!/bin/sh
# First process of a place, in new process, mount, network, host name and IPC
# namespaces. It wires itself to the switch, builds its root file system and
# becomes the supervisor; killing it takes the whole place away at once: every
# process, mount, link and route of it lives in these namespaces.
#
# From the environment: PLACE, PLACE_DIR, SWITCH (namespace file), LOWER (site
# root), ADDRESSES, PREFIX, ROUTES ("net=via ..."), BINDS ("source=target ..."),
# READ_ONLY ("target ..."), LINKS ("target=name ..."), FORWARD (0 or 1).
set -eu

# One first process a place, ever: whoever holds this lock is it.
exec 9>"$PLACE_DIR/lock"
flock -n 9 || exit 75

# /proc is still the host's, so this is the pid as the host sees it. Field 22 is
# the start time, which tells this process from a later one with the same pid.
read -r line </proc/self/stat
# shellcheck disable=SC2086
set -- $line
echo "$1 ${22} $(cat /proc/sys/kernel/random/boot_id)" >"$PLACE_DIR/first-process.new"
mv "$PLACE_DIR/first-process.new" "$PLACE_DIR/first-process"

mount --make-rprivate /
hostname "$PLACE"

# --- cgroups: a group of our own in every hierarchy (v1, v2 or both) ---------
while read -r _ point type _; do
	case $type in cgroup | cgroup2) ;; *) continue ;; esac
	[ -w "$point" ] || continue
	parent=$point
	for group in holdfast "$PLACE" init; do
		# A v2 group hands down only the controllers it is told to.
		if [ -e "$parent/cgroup.controllers" ]; then
			for controller in $(cat "$parent/cgroup.controllers"); do
				echo "+$controller" >"$parent/cgroup.subtree_control" 2>/dev/null || :
			done
		fi
		child=$parent/$group
		mkdir -p "$child"
		# A new v1 cpuset is empty and would refuse every process.
		for setting in cpuset.cpus cpuset.mems; do
			if [ "$type" = cgroup ] && [ -e "$child/$setting" ] && [ -z "$(cat "$child/$setting")" ]; then
				cat "$parent/$setting" >"$child/$setting"
			fi
		done
		parent=$child
	done
	echo 0 >"$parent/cgroup.procs" # 0 is the writer itself; $$ would be its pid in another namespace
done </proc/mounts

# --- network -----------------------------------------------------------------
in_switch() { nsenter --net="$SWITCH" "$@"; }
ip link set lo up
# A predecessor's end goes away a moment after its death, not at once.
in_switch ip link delete "$PLACE" 2>/dev/null || :
# The lab is IPv4 only; loopback keeps ::1.
[ ! -e /proc/sys/net/ipv6/conf/default ] || echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
# The hardware address follows from the first address: a place that comes back is found
# at once by neighbours that remember it, not when their memory expires half a minute later.
# shellcheck disable=SC2086
set -- $(echo "${ADDRESSES%% *}" | tr . ' ')
ip link add eth0 address "$(printf '02:48:%02x:%02x:%02x:%02x' "$1" "$2" "$3" "$4")" type veth \
	peer name "$PLACE" netns "$SWITCH"
in_switch ip link set "$PLACE" master lab up
for address in $ADDRESSES; do
	ip address add "$address/$PREFIX" dev eth0
done
ip link set eth0 up
for route in $ROUTES; do # no default route, on purpose: what is not the lab is unreachable
	ip route add "${route%%=*}" via "${route##*=}"
done
echo "$FORWARD" >/proc/sys/net/ipv4/ip_forward

# --- root file system ----------------------------------------------------------
root=$PLACE_DIR/root
scratch=$PLACE_DIR/scratch
mkdir -p "$root" "$scratch"
# What a place writes outside its disk is gone with it, as after a reinstallation.
mount -t tmpfs -o mode=755,size=2g scratch "$scratch"
mkdir "$scratch/upper" "$scratch/work"
mount -t overlay -o "lowerdir=$LOWER,upperdir=$scratch/upper,workdir=$scratch/work" root "$root"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/.old"
mount -t proc proc "$root/proc"
# A sysfs of our own shows our network devices; the cgroups come from the host.
mount -t sysfs sysfs "$root/sys"
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755,size=512m run "$root/run"
mkdir -p "$root/run/lock"
for bind in $BINDS; do
	source=${bind%%=*}
	target=$root${bind##*=}
	if [ -d "$source" ]; then
		mkdir -p "$target"
	else
		mkdir -p "${target%/*}"
		[ -e "$target" ] || : >"$target"
	fi
	mount --bind "$source" "$target"
done
for target in $READ_ONLY; do
	mount -o remount,bind,ro "$root$target"
done
for link in $LINKS; do
	ln -sfn "${link##*=}" "$root${link%%=*}"
done
rm -f "$root/etc/resolv.conf" "$root/etc/hosts" "$root/etc/hostname"
cp "$PLACE_DIR/etc/resolv.conf" "$PLACE_DIR/etc/hosts" "$root/etc/"
echo "$PLACE" >"$root/etc/hostname"

cd "$root"
pivot_root . .old
umount -l /.old # nothing of the host's file systems stays in reach, and none is kept busy
mount --make-rshared / # kubelet and containerd hand mounts on to pods
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
	/bin/sh /etc/holdfast/supervise.sh
