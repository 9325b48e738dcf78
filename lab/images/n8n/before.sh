set -eu
printf 'node:x:1000:1000:n8n:/home/node:/usr/sbin/nologin\n' >>"$1/etc/passwd"
printf 'node:x:1000:\n' >>"$1/etc/group"
# An emptyDir's place: the root file system is read-only.
install -d -o 1000 -g 1000 "$1/home/node"
