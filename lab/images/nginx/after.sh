set -eu
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/etc/nginx/sites-enabled" "$1/etc/nginx/sites-available"
# As the user that the pods run it as, on a root file system it may not write.
chroot --userspec=101:101 "$1" nginx -t -e stderr
