# Two programs are wanted; what else a Debian needs only costs room.
set -eu
chroot "$1" prometheus --version
chroot "$1" promtool --version
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/usr/share/perl" "$1/usr/share/javascript"
