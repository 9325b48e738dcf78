# The same user as in the postgres image: both read and write one data directory.
set -eu
printf 'postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/bash\n' >>"$1/etc/passwd"
printf 'postgres:x:999:\n' >>"$1/etc/group"
printf 'postgres:*:19000:0:99999:7:::\n' >>"$1/etc/shadow"
mkdir -p "$1/etc/postgresql-common"
printf 'create_main_cluster = false\n' >"$1/etc/postgresql-common/createcluster.conf"
