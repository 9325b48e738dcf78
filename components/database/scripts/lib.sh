# shellcheck shell=bash disable=SC2034 # names used by those who source it
# Sourced by the database pod's scripts. Note for all of them: `set -e` does not
# reach into a command whose failure somebody handles (`if`, `until`, `||`, `$()`),
# so the steps of such a function are chained with `&&`. Every path can be set from outside, so
# that the decisions can be tried without a pod.
set -euo pipefail

: "${HF_BIN:=/holdfast/bin}"
: "${HF_CONFIG:=/etc/holdfast/pgbackrest}"
: "${HF_ROLES:=/etc/holdfast/roles}"
: "${HF_STATE:=/run/holdfast}" # emptyDir: forgotten with the pod
: "${HF_VOLUME:=/var/lib/postgresql/data}"
: "${PGDATA:=$HF_VOLUME/pgdata}"
: "${HF_STANZA:=main}"
export PGDATA
# What a run asks for: HF_RUN, HF_RECOVERY_TIMELINE.
# shellcheck source=/dev/null
[[ ! -r $HF_BIN/run.env ]] || . "$HF_BIN/run.env"

marker=$HF_VOLUME/holdfast-marker.json # on the volume: whose data this is
status=$HF_STATE/status.json
# On the volume too: a gap outlives the pod, and is only mended by a full backup.
gap=$HF_VOLUME/holdfast-gap-site

# shellcheck source=log.sh
. "$HF_BIN/log.sh"
# shellcheck source=role.sh
. "$HF_BIN/role.sh"
# shellcheck source=sessions.sh
. "$HF_BIN/sessions.sh"

# Written by rename: the drill reads this file while it changes.
edit_json() { # FILE JQ-ARGUMENTS...
	local file=$1 from=/dev/null
	shift
	[[ -s $file ]] && from=$file
	jq -n --slurpfile old "$from" "${@:1:$#-1}" "(\$old[0] // {}) | ${*: -1}" >"$file.new"
	mv "$file.new" "$file"
}

# phase NAME: ends the phase before it and starts this one.
phase() {
	log info phase name "$1"
	# shellcheck disable=SC2016 # jq's variables
	edit_json "$status" --arg phase "$1" --argjson now "$(now_ms)" \
		--arg site "${HF_SITE:-}" --arg role "${HF_ROLE:-}" --argjson epoch "${HF_EPOCH:-0}" '
		{site: $site, role: $role, epoch: $epoch, backupSet: null, systemIdentifier: null,
			recoveredLsn: null, timeline: null, backups: {}} + .
		| .phase = $phase | .error = null
		| .phases = [.phases[]? | if .endedAtMs == null then .endedAtMs = $now else . end]
			+ [{phase: $phase, startedAtMs: $now, endedAtMs: null}]'
}

# note KEY JSON: a fact beside the phases.
note() {
	# shellcheck disable=SC2016
	edit_json "$status" --arg key "$1" --argjson value "$2" '.[$key] = $value'
}

# stuck WORDS: why the present phase does not end; the next phase clears it.
stuck() {
	local json
	log error stuck reason "$1"
	json_value "$1"
	note error "$json"
}

# refuse WORDS: a person has to decide. Kubelet will start the container again, and it will say the same. It
# stays for a while first: only a running container's status file can be read, by the drill or by a person.
refuse() {
	stuck "$1"
	printf 'refused: %s\n' "$1" >&2
	trap 'exit 1' TERM INT
	sleep "${HF_REFUSE_PAUSE:-30}" &
	wait "$!" || true
	exit 1
}

backrest() { # REPOSITORY-CONFIG COMMAND...
	as_role "$1" pgbackrest --config="$HF_CONFIG/$1.conf" --stanza="$HF_STANZA" "${@:2}"
}

# annotations: sets $annotations, pgBackRest's options for what each set is marked with: the settings of this server that
# a restore has to match or to exceed, and digests of the plan and the image (run.env). Years later the set says so itself.
annotations() {
	local pair
	annotations=()
	for pair in ${HF_ANNOTATIONS:-}; do annotations+=("--annotation=$pair"); done
}

sql() { # DATABASE PSQL-ARGUMENTS...
	local database=$1
	shift
	psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --dbname="$database" "$@"
}

# conf_value CONFIG OPTION: one value of a generated pgBackRest config.
conf_value() { sed -n "s/^$2=//p" "$HF_CONFIG/$1.conf" | head -n 1; }

s3_get() { s3 restore-current --url "$1"; }

# s3 CONFIG CURL-ARGUMENTS...: signed with that config's keys or its role's, which must not appear among a process's
# arguments.
s3() {
	local role user token header='' region
	role_of "$1"
	if [[ -n $role ]]; then
		session "$1" || return
		header="header = \"x-amz-security-token: $token\""
	else
		user=$(conf_value "$1" repo1-s3-key):$(conf_value "$1" repo1-s3-key-secret)
	fi
	region=$(conf_value "$1" repo1-s3-region)
	curl --silent --show-error --fail-with-body --connect-timeout 3 --max-time 10 \
		--cacert "$(conf_value "$1" repo1-storage-ca-file)" --config - "${@:2}" <<-EOC
		aws-sigv4 = "aws:amz:$region:s3"
		user = "$user"
		$header
	EOC
}
