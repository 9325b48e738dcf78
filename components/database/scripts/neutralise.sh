# shellcheck shell=bash
# Sourced. A restored copy is made quiet before anybody may connect, and looked at afterwards. What was done is noted
# beside the data, and only there: the next restore, of this epoch or another, brings rows that are not quiet.

# neutralise: everything that neutralise.tsv lists (NAME, DATABASE, what is kept separated by commas).
neutralise() {
	local name database keep
	[[ -r $HF_BIN/neutralise.tsv ]] || return 0
	while IFS=$'\t' read -r -u 3 name database keep; do
		neutralise_one "$name" "$database" "${keep//,/$'\n'}" || return 1
	done 3<"$HF_BIN/neutralise.tsv"
}

neutralise_one() { # NAME DATABASE KEEP
	local name=$1 database=$2 keep=$3 found problems
	if [[ $(jq --raw-output --arg name "$name" '.neutralised[]? | select(. == $name)' "$marker") == "$name" ]]; then
		return 0
	fi
	found=$(sql postgres -c "select datname from pg_database") || return 1
	if ! grep --quiet --line-regexp --fixed-strings -- "$database" <<<"$found"; then
		log warn nothing-to-neutralise service "$name" reason "there is no database $database"
		return 0
	fi
	sql "$database" --set=epoch="$HF_EPOCH" --set=keep="$keep" --single-transaction \
		--file="$HF_BIN/neutralise-$name.sql" >&2 || return 1
	problems=$(sql "$database" --set=epoch="$HF_EPOCH" --set=keep="$keep" \
		--file="$HF_BIN/neutralise-$name.verify.sql") || return 1
	if [[ -n $problems ]]; then
		printf '%s is not quiet: %s\n' "$name" "${problems//$'\n'/; }" >&2
		return 1
	fi
	# shellcheck disable=SC2016 # jq's variable
	edit_json "$marker" --arg name "$name" '.neutralised = ((.neutralised // []) + [$name] | unique)' &&
		note neutralised "$(jq '.neutralised' "$marker")" &&
		log info neutralised service "$name"
}
