# shellcheck shell=bash
# Sourced. Asks the third place who serves: the epoch object is the truth, this
# pod's own epoch only what it was told when it was declared.

# epoch_verdict: prints "ours", or why this pod must not serve; fails when the third place could not be asked.
epoch_verdict() {
	local object epoch site
	object=$(s3_get "$HF_CONTROL_URL/$HF_EPOCH_KEY") || return 1
	epoch=$(jq -r .epoch <<<"$object")
	site=$(jq -r .site <<<"$object")
	if [[ $HF_ROLE == rehearsal ]]; then
		echo ours
	elif [[ $epoch != "$HF_EPOCH" || $site != "$HF_SITE" ]]; then
		echo "the epoch object says epoch $epoch of $site; this pod was declared for epoch $HF_EPOCH of $HF_SITE"
	else
		echo ours
	fi
}

# fence_epoch: the newest epoch that shuts this site out; 0 when there is none.
fence_epoch() {
	local answer
	if answer=$(s3_get "$HF_CONTROL_URL/fence/$HF_SITE" 2>/dev/null); then
		jq -r .epoch <<<"$answer"
	elif [[ $answer == *NoSuchKey* ]]; then
		echo 0
	else
		return 1
	fi
}

# Starting without the third place fails closed: a site that comes back from a
# partition must not serve what another has taken over. Polled here because
# kubelet's own restarts of an init container grow to minutes apart.
require_epoch() {
	local verdict try fence
	for ((try = 1; ; try++)); do
		if verdict=$(epoch_verdict) && fence=$(fence_epoch); then break; fi
		((try < ${HF_EPOCH_TRIES:-60})) || refuse "the third place does not answer, so nobody can tell who serves: $HF_CONTROL_URL"
		stuck "waiting for the third place: $HF_CONTROL_URL (try $try)"
		sleep "${HF_EPOCH_PAUSE:-1}"
	done
	[[ $verdict == ours ]] || refuse "$verdict"
	((fence <= HF_EPOCH)) || refuse "$HF_SITE is fenced since epoch $fence; this pod was declared for epoch $HF_EPOCH"
}
