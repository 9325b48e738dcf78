set -eu
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt"
