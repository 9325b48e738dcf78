# One program without a window is wanted; what else a Debian needs only costs room.
set -eu
test -x "$1/usr/bin/chromium-headless-shell"
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/usr/share/perl" "$1/usr/share/javascript"
mkdir -p "$1/dev" "$1/proc" "$1/tmp"
# Written once here: the tree is a cache that nobody writes to later.
chroot "$1" fc-cache -f
