#!/bin/bash
# Container "pull": this site's own copy of the third place's documents, with keys that cannot write there. Copied,
# never synchronised: what is deleted there stays here, and what is here is never overwritten.
#   HF_BUCKET, HF_HEARTBEAT_KEY   in the third place
#   HF_SITE_BUCKET, HF_SITE_URL, HF_SITE_REGION   the copy, its store's address, and its region
#   HF_PULL                       seconds between two looks
#   HF_METRICS                    folder of the metrics
# shellcheck source=documents.sh
. "${HF_BIN:=/holdfast/documents}/documents.sh"

# site_s3 CURL-ARGUMENTS...: signed with the copy's keys, which must not appear among a process's arguments.
site_s3() {
	local key secret
	key=$(sed -n '/^\[site\]/,/^\[/s/^access_key_id = //p' "$RCLONE_CONFIG")
	secret=$(sed -n '/^\[site\]/,/^\[/s/^secret_access_key = //p' "$RCLONE_CONFIG")
	curl --silent --show-error --fail-with-body --connect-timeout 3 --max-time 10 \
		--cacert "$RCLONE_CA_CERT" --config - "$@" <<-EOC
		aws-sigv4 = "aws:amz:$HF_SITE_REGION:s3"
		user = "$key:$secret"
	EOC
}

# The store comes empty with a fresh site. Versions keep what somebody deletes or overwrites; that they are kept is
# read back, because a store may take the setting and not know it.
prepare_bucket() {
	rclone mkdir "site:$HF_SITE_BUCKET" &&
		site_s3 --request PUT --url "$HF_SITE_URL/$HF_SITE_BUCKET?versioning=" --data \
			'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>' &&
		site_s3 --url "$HF_SITE_URL/$HF_SITE_BUCKET?versioning=" | grep -q '<Status>Enabled</Status>'
}

# pull: sets $copied to the newest heartbeat whose documents are all in the copy.
pull() {
	local beat
	# Read before the copy begins: what was there at that time is then among what is copied.
	beat=$(rclone cat "third:$HF_BUCKET/$HF_HEARTBEAT_KEY" 2>"$HF_WORK/complaint") || beat=''
	rclone copy --ignore-existing --exclude "/$HF_HEARTBEAT_KEY" "third:$HF_BUCKET" "site:$HF_SITE_BUCKET" \
		2>"$HF_WORK/complaint" || return 1
	[[ ! $beat =~ \"at\":([0-9]+) ]] || copied=${BASH_REMATCH[1]}
}

# Before the first heartbeat there is no lag to tell, and an alert on its absence says so.
write_metrics() {
	[[ -n $copied ]] || return 0
	cat >"$HF_METRICS/objects.prom.new" <<-EOM
		# HELP holdfast_object_lag_seconds Age of the newest moment whose documents are all in this site's copy.
		# TYPE holdfast_object_lag_seconds gauge
		holdfast_object_lag_seconds $(($(date +%s) - copied))
		# HELP holdfast_object_copied_timestamp_seconds Newest moment whose documents are all in this site's copy, Unix time.
		# TYPE holdfast_object_copied_timestamp_seconds gauge
		holdfast_object_copied_timestamp_seconds $copied
	EOM
	mv "$HF_METRICS/objects.prom.new" "$HF_METRICS/objects.prom"
}

trap 'exit 0' TERM INT
copied=''
until output=$(prepare_bucket 2>&1); do
	log warn bucket reason "$(last_line "$output")"
	nap "${HF_PAUSE:-2}"
done
log info copying bucket "$HF_SITE_BUCKET"
failing=''
while :; do
	if pull; then
		[[ -z $failing ]] || log info pull-again
		failing=''
	else
		# Once, and not every few seconds: the lag says how long.
		[[ -n $failing ]] || log warn pull reason "$(tail -n 1 "$HF_WORK/complaint")"
		failing=yes
	fi
	write_metrics
	nap "$HF_PULL"
done
