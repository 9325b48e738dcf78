# shellcheck shell=bash
# Sourced. The epoch's stanzas, and the gate in front of the archive command.

create_stanza() { # REPOSITORY
	# Repeating it for a stanza that is there and fits is a success; for another cluster's it is an error.
	backrest "archive-$1" stanza-create --log-level-console=warn
}

create_stanza_until_done() {
	until_done "stanza-create failed at the $1 repository" create_stanza "$1"
}

# The store comes empty with a fresh site. Asking for a bucket that is there is harmless: BucketAlreadyOwnedByYou.
make_site_bucket() {
	local answer
	answer=$(s3 archive-site --request PUT \
		--url "https://$(conf_value archive-site repo1-storage-host):$(conf_value archive-site repo1-storage-port)/$(conf_value archive-site repo1-s3-bucket)" 2>&1) ||
		[[ $answer == *BucketAlready* ]] || {
		printf '%s\n' "$answer"
		return 1
	}
}

# From now on archive_command succeeds: the WAL, .history and .partial that have waited drain.
open_archive() {
	touch "$HF_STATE/archive-open"
	log info archive-open
}

# The site's own store may come later, or never: only its own gap is the price.
open_site_archive() {
	local output
	if output=$({ make_site_bucket && create_stanza site && push_histories site; } 2>&1); then
		touch "$HF_STATE/site-open"
		log info site-archive-open
	else
		[[ ${site_complaint:-} == "$output" ]] || log warn site-stanza reason "$output"
		site_complaint=$output
		return 1
	fi
}

# push_histories REPOSITORY: the histories of the timelines that led here. One that the archive command left out (it was
# written before that repository was open, or while it was down) is no gap that a full backup mends: without it no set
# of this timeline restores from there. One that is there already is pushed again without harm.
push_histories() {
	local file
	for file in "$PGDATA"/pg_wal/*.history; do
		[[ -e $file ]] || continue
		backrest "archive-$1" archive-push --no-archive-async --log-level-console=error "$file" || return
	done
}

# A fenced server: read-only for who is connected, closed to who is not, and nothing archived any more.
shut_door() {
	local json
	log error fenced reason "$1"
	rm -f "$HF_STATE/archive-open" "$HF_STATE/ready"
	sql postgres -c 'alter system set default_transaction_read_only = on' -c 'select pg_reload_conf()' >/dev/null
	end_sessions
	json_value "$1"
	note error "$json"
}

end_sessions() {
	sql postgres -c "select pg_terminate_backend(pid) from pg_stat_activity
		where backend_type = 'client backend' and pid <> pg_backend_pid() and usename <> 'postgres'" >/dev/null
}
