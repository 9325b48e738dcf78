#!/bin/bash
# restore_command of the replay with barman-cloud: %f %p.
set -euo pipefail
exec barman-cloud-wal-restore --cloud-provider aws-s3 --endpoint-url "$BENCH_ENDPOINT" --addressing-style path \
	"s3://$BENCH_BARMAN_BUCKET/$BENCH_PREFIX/zstd" bench "$1" "$2"
