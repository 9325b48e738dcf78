# Refuses an image that the scripts would not run in, while the tree is still at hand.
set -eu
for tool in bash curl psql prometheus-node-exporter sha1sum find xargs awk comm sort; do chroot "$1" sh -c "command -v $tool" >/dev/null; done
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/var/log/postgresql"
