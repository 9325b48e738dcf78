# Refuses an image that the plans do not fit, while the tree is still at hand.
set -eu
smallest=2.59.1 # an asynchronous archive-push stops at its first error from here on
have=$(chroot "$1" pgbackrest version | sed 's/^pgBackRest //')
printf '%s\n%s\n' "$smallest" "$have" | sort -V -C || {
	echo "pgBackRest $have is older than $smallest" >&2
	exit 1
}
chroot "$1" /usr/lib/postgresql/18/bin/postgres --version
chroot "$1" id postgres | grep -q 'uid=999(postgres) gid=999(postgres)'
for tool in bash curl jq sha256sum md5sum psql restic prometheus-node-exporter prometheus-postgres-exporter; do chroot "$1" sh -c "command -v $tool" >/dev/null; done
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/var/log/postgresql" "$1/etc/postgresql"/*
install -d -o 999 -g 999 -m 0750 "$1/var/log/pgbackrest" "$1/var/lib/pgbackrest" "$1/var/spool/pgbackrest"
install -d -o 999 -g 999 "$1/var/lib/postgresql"
