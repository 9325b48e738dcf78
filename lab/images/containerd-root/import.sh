# import.sh SITE-ROOT SCRATCH TARGET REF=ARCHIVE...
# Run as the first process of new mount, process and network namespaces: when it
# ends, its mounts and containerd are gone too. Fills TARGET, a folder of a plain
# file system, with containerd's root: images imported, unpacked, pinned.
set -eu
site_root=$1 scratch=$2 target=$3
shift 3
here=$(dirname "$0")
root=$scratch/root

mkdir -p "$root" "$scratch/upper" "$scratch/work"
mount -t overlay overlay -o "lowerdir=$site_root,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount --rbind /dev "$root/dev"
# containerd's snapshots are overlays themselves and cannot lie on one.
mount --bind "$target" "$root/var/lib/containerd"
cp "$here/config.toml" "$root/run/config.toml"

chroot "$root" containerd --config /run/config.toml >"$scratch/containerd.log" 2>&1 &
containerd=$!
ctr() { chroot "$root" ctr --namespace k8s.io "$@"; }
tries=0
until ctr version >/dev/null 2>&1; do
	tries=$((tries + 1))
	if [ "$tries" -gt 150 ] || ! kill -0 "$containerd" 2>/dev/null; then
		echo "containerd does not answer:" >&2
		tail -n 20 "$scratch/containerd.log" >&2
		exit 1
	fi
	sleep 0.2
done

for pair in "$@"; do
	ref=${pair%%=*}
	echo "importing $ref"
	# --digests keeps REF@DIGEST too, which plans name.
	ctr images import --snapshotter overlayfs --digests --base-name "${ref%:*}" - <"${pair#*=}" >/dev/null
done
# Pinned, or kubelet's collector would delete what no registry can give back.
for ref in $(ctr images list --quiet); do
	ctr images label "$ref" io.cri-containerd.image=managed io.cri-containerd.pinned=pinned >/dev/null
done
for pair in "$@"; do
	ref=${pair%%=*}
	ctr images check "name==$ref" | grep -q ' true *$' || {
		echo "$ref is not whole or not unpacked" >&2
		ctr images check >&2
		exit 1
	}
done
# A clean end: the metadata databases must be closed before they are copied.
kill -TERM "$containerd"
wait "$containerd" || true
