# shellcheck shell=bash disable=SC2154 # $memory and $now are watch.sh's
# Sourced. How far a repository is behind the server. pg_stat_archiver is not
# asked: it believes whatever the archive command says. What counts is the
# newest segment that a repository lists, against positions sampled here.
#
# A position is sampled when transactions were given ids since the last look. On
# an idle server the position still creeps (checkpoints, snapshots of running
# transactions), in bytes that no archive_timeout will ever send: they are no lag.

lag_file() { printf '%s\n' "$memory/positions"; }

# sample_position: asks the server, and remembers.
sample_position() {
	local answer
	answer=$(psql --no-psqlrc --quiet --no-align --tuples-only --field-separator=' ' --dbname=postgres --username=holdfast_monitor --command="
		select pg_current_wal_lsn() - '0/0', ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
			pg_snapshot_xmax(pg_current_snapshot()),
			(select setting from pg_settings where name = 'archive_timeout'),
			(select setting from pg_settings where name = 'wal_segment_size')" 2>/dev/null) || return 0
	# shellcheck disable=SC2086 # five words
	remember_position $answer
}

# remember_position LSN TIMELINE XID ARCHIVE-TIMEOUT SEGMENT-SIZE
remember_position() {
	local lsn=$1 timeline=$2 xid=$3 timeout=$4 size=$5 known changed segment
	local last_xid last_changed first _
	now_s
	segment=$((lsn / size * size))
	if read -r _ _ last_xid last_changed _ first 2>/dev/null <"$memory/server"; then
		changed=$last_changed known=$(cat "$(lag_file)" 2>/dev/null || true)
		if ((xid != last_xid)); then
			changed=$now
			known+=$'\n'"$now $lsn"
		elif ((timeout > 0 && now - changed > timeout + 30)); then
			# Had this segment held a commit, the server would have switched by now: only what is before it counts.
			known=$(awk -v start="$segment" '$2 > start { $2 = start } NF { print }' <<<"$known")
		fi
	else
		# Nobody knows what was written before; it should be in the repositories up to this segment.
		changed=$now first=$segment known="$now $segment"
	fi
	forget_archived "$size" "$timeline" <<<"$known" >"$(lag_file).new"
	mv "$(lag_file).new" "$(lag_file)"
	printf '%s %s %s %s %s %s\n' "$lsn" "$timeline" "$xid" "$changed" "$size" "$first" >"$memory/server.new"
	mv "$memory/server.new" "$memory/server"
}

# What both repositories have goes; of very many, every second one: what is asked is only how old the oldest is.
forget_archived() { # SEGMENT-SIZE TIMELINE
	local offsite site
	offsite=$(archived_end offsite "$1" "$2")
	site=$(archived_end site "$1" "$2")
	awk -v end="$((offsite < site ? offsite : site))" '
		NF && $2 > end { line[++n] = $0 }
		END { for (i = 1; i <= n; i++) if (n <= 1000 || i == 1 || i % 2 == 0) print line[i] }'
}

# archived_end REPOSITORY SEGMENT-SIZE TIMELINE: position up to which the repository has WAL of that timeline; 0 for none.
archived_end() {
	local newest
	newest=$(cat "$memory/newest-$1" 2>/dev/null) || true
	if [[ -n $newest ]] && ((16#${newest:0:8} == $3)); then
		printf '%s\n' "$(((16#${newest:8:8} * (0x100000000 / $2) + 16#${newest:16:8} + 1) * $2))"
	else
		echo 0
	fi
}

# describe_lag bytes|seconds REPOSITORY
describe_lag() {
	local lsn timeline size first end value oldest _
	read -r lsn timeline _ _ size first 2>/dev/null <"$memory/server" || return 0
	end=$(archived_end "$2" "$size" "$timeline")
	if [[ $1 == bytes ]]; then
		# Nothing of this timeline yet: counted from where this pod's look began.
		((end > 0)) || end=$first
		value=$((lsn > end ? lsn - end : 0))
	else
		oldest=$(awk -v end="$end" '$2 > end { print $1; exit }' "$(lag_file)")
		value=$((now - ${oldest:-$now}))
	fi
	printf 'holdfast_wal_archive_lag_%s{repository="%s"} %s\n' "$1" "$2" "$value"
}
