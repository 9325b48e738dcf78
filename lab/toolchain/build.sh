#!/bin/sh
# Builds one pinned tool: build.sh NAME OUTPUT. Run from anywhere; the module
# NAME lies beside this script and its go.sum is the supply-chain check
# (-mod=readonly). GOGC=off: the compiler's collector costs 15-30 % of the time
# and the largest of these links stays under 6 GiB.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=$1
out=$2
cd "$here/$name"
export GOFLAGS="-mod=readonly -trimpath" GOWORK=off GOTOOLCHAIN=local GOGC=off CGO_ENABLED=0
version() { go list -m -f '{{.Version}}' "$1"; }
case $name in
kubernetes)
	v=$(version k8s.io/kubernetes)
	minor=${v#v1.}; minor=${minor%%.*}
	x="-X k8s.io/component-base/version.gitVersion=$v -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$minor"
	go build -ldflags "-s -w $x" -o "$out" . ;;
pulumi)
	v=$(version github.com/pulumi/pulumi/pkg/v3)
	go build -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$v" \
		-o "$out" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi ;;
pulumi-kubernetes)
	# The plugin's version is the SDK's release, which package.json pins too.
	v=$(cat VERSION)
	# A module that is not downloaded yet has no folder, and says so by an empty name.
	go mod download github.com/pulumi/pulumi-kubernetes/provider/v4
	dir=$(go list -m -f '{{.Dir}}' github.com/pulumi/pulumi-kubernetes/provider/v4)/cmd/pulumi-resource-kubernetes
	sed "0,/^ *\"name\": *\"kubernetes\",/s//\"name\": \"kubernetes\", \"version\": \"$v\",/" "$dir/schema.json" >schema-embed.json
	cat "$dir/terraform-mapping.json" >terraform-mapping-embed.json
	go build -ldflags "-s -w -X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=v$v" -o "$out" . ;;
coredns)
	go build -ldflags "-s -w" -o "$out" github.com/coredns/coredns ;;
kube-router)
	v=$(version github.com/cloudnativelabs/kube-router/v2)
	go build -ldflags "-s -w -X github.com/cloudnativelabs/kube-router/v2/pkg/version.Version=$v" \
		-o "$out" github.com/cloudnativelabs/kube-router/v2/cmd/kube-router ;;
seaweedfs)
	go build -ldflags "-s -w" -o "$out" github.com/seaweedfs/seaweedfs/weed ;;
rclone)
	v=$(version github.com/rclone/rclone)
	go build -ldflags "-s -w -X github.com/rclone/rclone/fs.Version=$v" -o "$out" . ;;
*)
	echo "build.sh: unknown tool '$name'" >&2
	exit 2 ;;
esac
