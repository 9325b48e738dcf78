set -eu
printf 'nginx:x:101:101:nginx:/nonexistent:/usr/sbin/nologin\n' >>"$1/etc/passwd"
printf 'nginx:x:101:\n' >>"$1/etc/group"
