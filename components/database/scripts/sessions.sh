# shellcheck shell=bash
# Sourced, after lib.sh and role.sh. Temporary credentials of a role, for what signs its requests itself (curl): asked
# of STS with the pod's token, kept in a file that only this user reads until shortly before they end, and never shown.

# session CONFIG: sets $user (key:secret) and $token for the role of that config.
session() {
	local role file expires=0
	role_of "$1"
	file=${HF_SESSIONS:-/tmp}/session-${role//[^A-Za-z0-9-]/,}
	{ IFS=' ' read -r expires user token <"$file"; } 2>/dev/null || true
	# Minutes before: a request takes its time, and clocks differ.
	((expires - EPOCHSECONDS < 300)) || return 0
	# Where STS fails, the old session serves to its end.
	take_session "$1" "$role" "$file" || ((expires > EPOCHSECONDS)) || return
	IFS=' ' read -r _ user token <"$file"
}

take_session() { # CONFIG ROLE FILE
	local answer key secret token expires ends
	# The token is read from its file: what stands among a process's arguments everybody sees.
	answer=$(curl --silent --show-error --fail-with-body --connect-timeout 3 --max-time 10 \
		--cacert "$(conf_value "$1" repo1-storage-ca-file)" \
		--data-urlencode Action=AssumeRoleWithWebIdentity --data-urlencode Version=2011-06-15 \
		--data-urlencode RoleSessionName=holdfast --data-urlencode "RoleArn=$2" \
		--data-urlencode "WebIdentityToken@$HF_IDENTITY_TOKEN" --url "https://$(conf_value "$1" repo1-s3-sts-host)/") || {
		printf 'the role %s could not be taken: %s\n' "$2" "$answer" >&2
		return 1
	}
	key=$(element AccessKeyId) && secret=$(element SecretAccessKey) && token=$(element SessionToken) &&
		expires=$(element Expiration) && ends=$(date -d "$expires" +%s) || {
		printf 'the role %s could not be taken: STS answered without credentials\n' "$2" >&2
		return 1
	}
	# By rename: two containers may ask at the same time.
	(umask 077 && printf '%s %s %s\n' "$ends" "$key:$secret" "$token" >"$3.$BASHPID" && mv "$3.$BASHPID" "$3")
}

# element NAME: of the answer, which is XML.
element() {
	[[ $answer =~ \<$1\>([^\<]+)\</$1\> ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}
