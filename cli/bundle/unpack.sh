#!/bin/sh
# Unpacks holdfast's bundle out of the third place, with nothing but a shell, curl, tar, gzip and sha256sum:
#   sh unpack.sh CURL-CONFIG BUCKET-URL FOLDER [MANIFEST]
# CURL-CONFIG is a file of mode 0600 with the reader's keys (docs/pipelines.md), BUCKET-URL the records bucket by
# path, https://ENDPOINT/BUCKET. MANIFEST is an older one, manifests/TIME; the newest when left out.
set -eu
umask 077
fail() {
	echo "unpack.sh: $1" >&2
	echo "hint: $2" >&2
	exit 2
}
[ $# -ge 3 ] || fail "three arguments are needed, got $#" "sh unpack.sh CURL-CONFIG BUCKET-URL FOLDER [MANIFEST]"
config=$1 bucket=${2%/} folder=$3 manifest=${4:-latest}
for program in curl tar gzip sha256sum; do
	command -v "$program" >/dev/null || fail "$program is not here" "install it, or unpack elsewhere and copy the folder"
done
[ -r "$config" ] || fail "no curl config: $config" "it has user, aws-sigv4 and cacert, see docs/pipelines.md"
[ ! -e "$folder" ] || [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty" "name another folder"
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd)

# Each object is read whole before anything is done with it.
get() {
	curl --config "$config" --fail --silent --show-error --retry 3 \
		--header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --output "$2" "$bucket/bundle/$1" ||
		fail "cannot read $bucket/bundle/$1" "check the keys, the address and the CA in $config"
}

get "$manifest" "$folder/MANIFEST"
read -r format <"$folder/MANIFEST"
[ "$format" = 'holdfast-bundle 1' ] || fail "not a bundle's manifest: $format" "name another one: manifests/TIME"
here=$(uname -s)-$(uname -m)
backend='' commit='' made=''
while read -r kind one two three four; do
	case $kind in
	commit) commit=$one ;;
	made) made=$one ;;
	backend) backend=$one ;;
	platform) [ "$one" = "$here" ] || fail "the bundle is for $one, this is $here" "use a machine of that kind" ;;
	part)
		echo "unpacking $four ($two bytes)" >&2
		get "parts/$one.tar.gz" "$folder/part.tar.gz"
		gzip -dc <"$folder/part.tar.gz" >"$folder/part.tar" || fail "$four is damaged" "unpack an older one: manifests/TIME"
		echo "$one  $folder/part.tar" | sha256sum --check --status ||
			fail "$four is not what the manifest says" "unpack an older one: manifests/TIME"
		mkdir -p "$folder/$three"
		tar -xf "$folder/part.tar" -C "$folder/$three"
		rm "$folder/part.tar" "$folder/part.tar.gz"
		;;
	file)
		get "files/$one/$three" "$folder/$three"
		echo "$one  $folder/$three" | sha256sum --check --status ||
			fail "$three is not what the manifest says" "unpack an older one: manifests/TIME"
		;;
	esac
done <"$folder/MANIFEST"

cat >"$folder/env.sh" <<END
# Programs and plugins of this bundle and no others. Keys are yours to give.
PATH='$folder/bin':\$PATH
PULUMI_HOME='$folder/home'
PULUMI_BACKEND_URL=\${PULUMI_BACKEND_URL:-'$backend'}
PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
PULUMI_SKIP_UPDATE_CHECK=true
HOLDFAST_NODE='$folder/bin/node'
export PATH PULUMI_HOME PULUMI_BACKEND_URL PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION PULUMI_SKIP_UPDATE_CHECK HOLDFAST_NODE
END
cat <<END
commit $commit, bundled $made, is in $folder
manifest $(sha256sum <"$folder/MANIFEST" | cut -d ' ' -f 1) (compare it with the pipeline's log)
Next: . $folder/env.sh && cd $folder/program, and the runbook: $folder/runbook.md
END
