set -eu
chroot --userspec=1000:1000 "$1" ntfy serve --help | grep -q -- --listen-http
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt"
