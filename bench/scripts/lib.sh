# shellcheck shell=bash disable=SC2034 # names used by those who source it
# Sourced. Where things lie in the bench's pod.
set -euo pipefail
: "${HF_CONFIG:=/etc/holdfast/pgbackrest}" "${HF_STATE:=/run/holdfast}" "${HF_STANZA:=main}"

volume=/var/lib/postgresql/data
reference=$volume/reference # what the newest full backup holds: the plain copy's source
target=$volume/target       # what a restore fills
basebackup=$volume/basebackup
dump=$volume/dump
segments=$volume/segments # WAL's own copies, for those who archive and replay without pgBackRest
scratch=$volume/scratch   # the cluster that pg_restore fills
here_socket=/tmp/socket   # of a second server in the same container
database=bench

now_us() { printf '%s\n' "${EPOCHREALTIME/[.,]/}"; }

backrest() { # CONFIG COMMAND...
	pgbackrest --config="$HF_CONFIG/$1.conf" --stanza="$HF_STANZA" --log-level-console=warn "${@:2}"
}

sql() { # PSQL-ARGUMENTS...
	psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --username=postgres "$@"
}

until_true() { # SECONDS COMMAND...
	local deadline=$((SECONDS + $1))
	until "${@:2}"; do
		((SECONDS < deadline)) || {
			echo "not so within $1 s: ${*:2}" >&2
			return 1
		}
		sleep 0.05
	done
}

# The product's own arguments, one a line: what is measured is the server as it ships.
read_parameters() { mapfile -t parameters </bench/config/parameters; }

start_server() { # DATA-DIRECTORY SOCKET-DIRECTORY [ARGUMENT...]
	local data=$1 socket=$2 parameters
	shift 2
	read_parameters
	mkdir -p "$socket"
	(
		# From its own directory: pgBackRest compares it with where a segment is wanted.
		cd "$data" || exit 1
		setsid postgres -D "$data" "${parameters[@]}" -c "unix_socket_directories=$socket" \
			-c hba_file=/bench/config/pg_hba.conf "$@" >"$volume/server-${data##*/}.log" 2>&1 </dev/null &
	)
}

is_ready() { pg_isready --quiet --host="$1"; } # SOCKET-DIRECTORY

stop_server() { # DATA-DIRECTORY
	[[ ! -s $1/postmaster.pid ]] || pg_ctl stop --pgdata="$1" --mode=fast --timeout=300 >&2
}

bytes_of() { du --summarize --bytes "$1" | cut -f 1; }

# Whole, or what was timed was not a restore.
same_as_reference() {
	local want have
	want=$(bytes_of "$reference/base") have=$(bytes_of "$target/base")
	((have * 100 >= want * 97 && have * 97 <= want * 100)) || {
		echo "the restored files have $have bytes, the reference has $want" >&2
		return 1
	}
	jq -cn --argjson bytes "$have" '{bytes: $bytes}'
}
