#!/bin/bash
# Init container "documents" of Odoo's pod: what the rows of a restored database name is there before Odoo starts.
# First from this site's own copy, which is near, then from the third place what the copy had not got yet.
#   HF_FILESTORE, HF_PREFIX, HF_BUCKET   as push.sh
#   HF_SITE_BUCKET                       this site's copy
# shellcheck source=documents.sh
. "${HF_BIN:=/holdfast/documents}/documents.sh"

count() { find "$HF_FILESTORE" -type f -path '*/??/*' | wc -l; }

# take FROM: what is not here yet.
take() {
	local status=0
	rclone copy --ignore-existing "$1/$HF_PREFIX" "$HF_FILESTORE" || status=$?
	((status == 0 || status == 3))
}

mkdir -p "$HF_FILESTORE"
kept=$(count)
# The copy may be as lost as the volume was; the third place has it all.
output=$(take "site:$HF_SITE_BUCKET" 2>&1) || log warn fill-from-site reason "$(last_line "$output")"
near=$(count)
until output=$(take "third:$HF_BUCKET" 2>&1); do
	log warn fill-from-third reason "$(last_line "$output")"
	nap "${HF_PAUSE:-2}"
done
whole=$(count)
log info filled kept "$kept" fromSite "$((near - kept))" fromThird "$((whole - near))"
