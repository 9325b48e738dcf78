# Every program a site or the third place starts, or the tree is refused now and not at start.
set -eu
for tool in etcd containerd containerd-shim-runc-v2 ctr runc nft iptables ip6tables ipset conntrack ip \
	pdns_server pdnsutil sqlite3 unbound curl jq openssl mount umount nsenter unshare modprobe sysctl; do
	chroot "$1" sh -c "command -v $tool" >/dev/null || {
		echo "$tool is not in the site root" >&2
		exit 1
	}
done
[ -x "$1/usr/lib/cni/bridge" ] && [ -x "$1/usr/lib/cni/host-local" ] && [ -x "$1/usr/lib/cni/portmap" ]
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt"
# Mount points, so that a site's start only mounts.
for point in proc sys dev run tmp opt/holdfast opt/cni/bin etc/cni/net.d etc/kubernetes var/lib/containerd var/lib/kubelet var/lib/etcd var/log/pods; do
	mkdir -p "$1/$point"
done
