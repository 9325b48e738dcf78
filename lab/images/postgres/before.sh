# The numbers are a contract: volumes and fsGroup name them. Written by hand
# because useradd is not unpacked yet.
set -eu
printf 'postgres:x:999:999:PostgreSQL:/var/lib/postgresql:/bin/bash\n' >>"$1/etc/passwd"
printf 'postgres:x:999:\n' >>"$1/etc/group"
printf 'postgres:*:19000:0:99999:7:::\n' >>"$1/etc/shadow"
# No cluster from the package: the pod's init container makes or restores one.
mkdir -p "$1/etc/postgresql-common"
printf 'create_main_cluster = false\n' >"$1/etc/postgresql-common/createcluster.conf"
