# A fixed number, for fsGroup; the package keeps a user that is there.
set -eu
printf '_ntfy:x:1000:1000:ntfy:/var/lib/ntfy:/usr/sbin/nologin\n' >>"$1/etc/passwd"
printf '_ntfy:x:1000:\n' >>"$1/etc/group"
