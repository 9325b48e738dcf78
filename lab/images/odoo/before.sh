# A fixed number, for fsGroup and the filestore's owner; the package keeps a user that is there.
set -eu
printf 'odoo:x:1000:1000:Odoo:/var/lib/odoo:/bin/sh\n' >>"$1/etc/passwd"
printf 'odoo:x:1000:\n' >>"$1/etc/group"
printf 'odoo:*:19000:0:99999:7:::\n' >>"$1/etc/shadow"
# The package makes its data folder only along with its user.
install -d -o 1000 -g 1000 "$1/var/lib/odoo"
