# shellcheck shell=bash
# Sourced: JSON lines, in which every script of a pod speaks.

now_ms() {
	local us=${EPOCHREALTIME/[.,]/}
	printf '%s\n' "${us:0:13}"
}

# json_value TEXT: sets $json to it as a JSON number, or as a string. No process: a restore logs many lines.
json_value() {
	if [[ $1 =~ ^-?(0|[1-9][0-9]*)$ ]]; then
		json=$1
		return
	fi
	json=${1//\\/\\\\}
	json=${json//\"/\\\"}
	json=${json//$'\n'/\\n}
	json=${json//$'\t'/\\t}
	json="\"${json//[[:cntrl:]]/ }\""
}

# log LEVEL EVENT [KEY VALUE]...: one JSON line in pino's form.
log() {
	local level=30 line json
	case $1 in warn) level=40 ;; error) level=50 ;; esac
	json_value "$2"
	line="{\"level\":$level,\"time\":$(now_ms),\"event\":$json"
	shift 2
	while (($# > 1)); do
		json_value "$2"
		line+=",\"$1\":$json"
		shift 2
	done
	printf '%s}\n' "$line" >&2
}
