# shellcheck shell=bash
# Sourced. Whom a config's repository is asked as: by keys in it, or by a role, which its first line names
# ("# role=ARN") and which is taken with this pod's own token: no key of it exists anywhere. One container may have
# configs of several roles, so the environment is set call by call.

: "${HF_IDENTITY_TOKEN:=/etc/holdfast/identity/token}"

# role_of CONFIG: sets $role; empty where the config has keys. No process: the archive command comes here too.
role_of() {
	local line=''
	role=''
	{ IFS= read -r line <"$HF_CONFIG/$1.conf"; } 2>/dev/null || true
	[[ $line != '# role='* ]] || role=${line#*=}
}

# as_role CONFIG COMMAND...: that command with what pgBackRest and restic take a role by in its environment.
as_role() {
	local role
	local -x AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
	role_of "$1"
	[[ -z $role ]] || AWS_ROLE_ARN=$role AWS_WEB_IDENTITY_TOKEN_FILE=$HF_IDENTITY_TOKEN
	"${@:2}"
}
