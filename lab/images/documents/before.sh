# Any user may run it; Odoo's number has a name here too.
set -eu
printf 'documents:x:1000:1000:documents:/nonexistent:/usr/sbin/nologin\n' >>"$1/etc/passwd"
printf 'documents:x:1000:\n' >>"$1/etc/group"
