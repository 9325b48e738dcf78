# The business's own modules must be in it: the drill's key functions use them.
set -eu
addons=$1/usr/lib/python3/dist-packages/odoo/addons
for module in base web mail crm sale sale_management contacts; do
	[ -f "$addons/$module/__manifest__.py" ] || {
		echo "Odoo's module $module is not in $addons" >&2
		exit 1
	}
done
chroot "$1" odoo --version
chroot "$1" psql --version
chroot "$1" id odoo | grep -q 'uid=1000(odoo) gid=1000(odoo)'
rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/var/log/odoo"/*
chroot "$1" chown -R odoo:odoo /var/lib/odoo
