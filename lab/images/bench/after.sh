# Every program that the bench runs in it, or the image is refused now and not between two rounds.
set -eu
for tool in barman-cloud-backup barman-cloud-restore barman-cloud-wal-archive barman-cloud-wal-restore \
	barman-cloud-backup-list zstd tar jq bash; do
	chroot "$1" sh -c "command -v $tool" >/dev/null || {
		echo "$tool is not in the image" >&2
		exit 1
	}
done
chroot "$1" python3 -c 'import boto3, zstandard'
chroot "$1" id postgres | grep -q 'uid=999(postgres) gid=999(postgres)'
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/var/log/postgresql" "$1/etc/postgresql"/*
