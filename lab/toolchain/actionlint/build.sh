#!/bin/sh
# As the build.sh of all tools, of which this module needs no special case: build.sh NAME OUTPUT.
set -eu
cd "$(dirname "$0")/$1"
export GOFLAGS="-mod=readonly -trimpath" GOWORK=off GOTOOLCHAIN=local GOGC=off CGO_ENABLED=0
v=$(go list -m -f '{{.Version}}' github.com/rhysd/actionlint)
go build -ldflags "-s -w -X github.com/rhysd/actionlint.version=${v#v}" -o "$2" github.com/rhysd/actionlint/cmd/actionlint
