# shellcheck shell=bash
# Sourced. Handing over: the server runs read-only and lets nobody in from outside
# (start parameters and hba of this role); what remains is to see the last WAL
# arrive in the third place. pg_stat_archiver is not believed: the repository is asked.

drain() {
	local last
	last=$(sql postgres -c 'select pg_walfile_name(pg_switch_wal())')
	log info draining last "$last"
	until has_archived "$last"; do
		stuck "waiting for $last in the offsite repository"
		sleep 1
	done
	printf '%s\n' "$last" >"$HF_STATE/drained"
	note drained "\"$last\""
	log info drained last "$last"
}

has_archived() { # SEGMENT
	local newest
	newest=$(backrest archive-offsite info --output=json --log-level-console=off |
		jq -r '[.[0].archive[]? | .max // empty] | last // ""') || return 1
	[[ ! $1 > $newest ]]
}
