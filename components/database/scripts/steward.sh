#!/bin/bash
# Sidecar "steward": everything between "PostgreSQL runs" and "applications may
# have it", and after that the care that no CronJob can give. Every step may be
# done twice: the container can be killed anywhere.
# shellcheck source=lib.sh
. "${HF_BIN:=/holdfast/bin}/lib.sh"
# shellcheck source=epoch.sh
. "$HF_BIN/epoch.sh"
# shellcheck source=repository.sh
. "$HF_BIN/repository.sh"
# shellcheck source=archive.sh
. "$HF_BIN/archive.sh"
# shellcheck source=neutralise.sh
. "$HF_BIN/neutralise.sh"
# shellcheck source=odoo.sh
. "$HF_BIN/odoo.sh"
# shellcheck source=full-backups.sh
. "$HF_BIN/full-backups.sh"
# shellcheck source=drain.sh
. "$HF_BIN/drain.sh"

main() {
	phase replay
	wait_for_promotion
	phase promote
	note_promotion
	case $HF_ROLE in
	draining)
		protect
		open_archive
		drain
		;;
	rehearsal) # archives nothing, anywhere
		prepare
		;;
	*)
		protect
		prepare
		phase archive
		open_archive
		;;
	esac
	phase ready
	touch "$HF_STATE/ready"
	log info ready
	keep
}

protect() {
	phase stanza
	create_stanza_until_done offsite
}

prepare() {
	phase roles
	until_done "the roles could not be set" reconcile_roles
	phase neutralise
	until_done "the copy could not be neutralised" neutralise
}

# until_done WORDS COMMAND...: a step that must succeed before anybody may connect.
until_done() {
	local words=$1 output
	shift
	until output=$("$@" 2>&1); do
		stuck "$words: $(tail -n 3 <<<"$output")"
		sleep 2
	done
}

wait_for_promotion() {
	local fatal told=''
	until [[ $(sql postgres -c 'select pg_is_in_recovery()' 2>/dev/null) == f ]]; do
		fatal=$(tail -n 1 "$HF_STATE/fatal" 2>/dev/null || true)
		if [[ -n $fatal && $fatal != "$told" ]]; then
			told=$fatal
			stuck "PostgreSQL could not recover: ${fatal#*FATAL: }"
		fi
		sleep 0.2
	done
}

# Where recovery ended: the last line of the new timeline's history names the LSN at which it forked.
note_promotion() {
	local timeline lsn
	timeline=$(sql postgres -c "select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int")
	lsn=$(sql postgres -c "select split_part(line, E'\t', 2)
		from regexp_split_to_table(pg_read_file('pg_wal/' || lpad(upper(to_hex($timeline)), 8, '0') || '.history', true), E'\n') as line
		where line ~ '^[0-9]' order by split_part(line, E'\t', 1)::int desc limit 1")
	if [[ -n $lsn && $(jq -r .recoveredLsn "$marker") != "$lsn" ]]; then
		# shellcheck disable=SC2016 # jq's variable
		# The history file may be recycled long before the next start of this pod.
		edit_json "$marker" --arg lsn "$lsn" '.recoveredLsn = $lsn'
	fi
	note timeline "$timeline"
	note recoveredLsn "$(jq '.recoveredLsn // null' "$marker")"
	log info promoted timeline "$timeline" lsn "${lsn:-none}"
}

reconcile_roles() {
	sql postgres --file="$HF_ROLES/roles.sql" &&
		sql holdfast --file="$HF_BIN/schema.sql" &&
		sql holdfast --set=epoch="$HF_EPOCH" --set=site="$HF_SITE" <<-'SQL'
		insert into holdfast.term (epoch, site) values (:epoch, :'site') on conflict (epoch) do nothing;
	SQL
}

# Here and not among the roles that a promotion waits for: whoever only measures holds nobody up.
make_monitor_role() {
	local output
	if output=$(sql postgres --file="$HF_BIN/monitor.sql" 2>&1); then
		touch "$HF_STATE/monitor-role"
	else
		log warn monitor-role reason "$output"
		return 1
	fi
}

# Forever: what may fail without holding anybody up, tried again.
keep() {
	local fenced='' fenced_by
	while :; do
		if [[ $HF_ROLE == active ]]; then
			[[ -e $HF_STATE/site-open ]] || open_site_archive || true
			start_full_backups
		fi
		[[ $HF_ROLE == draining ]] || name_site_in_odoo || true
		[[ $HF_ROLE == draining || -e $HF_STATE/monitor-role ]] || make_monitor_role || true
		# An answer is needed to shut the door; no answer keeps a running active going.
		if [[ -z $fenced ]] && fenced_by=$(fence_epoch 2>/dev/null) && ((fenced_by > HF_EPOCH)); then
			shut_door "fenced since epoch $fenced_by"
			fenced=yes
		fi
		sleep "${HF_KEEP_PAUSE:-5}"
	done
}

# Called through TERM at once, not after the sleep: kubelet waits for this container too.
trap 'exit 0' TERM INT
main &
wait $!
