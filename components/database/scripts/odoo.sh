# shellcheck shell=bash
# Sourced. What must be true inside Odoo's database, while it is served.

has_odoo() { # 0 when the database is there and initialised
	[[ -n ${HF_ODOO_DATABASE:-} ]] || return 1
	[[ $(sql "$HF_ODOO_DATABASE" -c "select to_regclass('public.ir_config_parameter') is not null" 2>/dev/null) == t ]]
}

# Which site and epoch answers: users' transactions prove it through Odoo itself.
name_site_in_odoo() {
	[[ ! -e $HF_STATE/odoo-named ]] || return 0
	has_odoo || return 0
	sql "$HF_ODOO_DATABASE" --set=epoch="$HF_EPOCH" --set=site="$HF_SITE" --single-transaction <<-'SQL' && touch "$HF_STATE/odoo-named"
		insert into ir_config_parameter (key, value, create_date, write_date)
		values ('holdfast.epoch', :'epoch', now(), now()), ('holdfast.site', :'site', now(), now())
		on conflict (key) do update set value = excluded.value, write_date = now();
	SQL

}
