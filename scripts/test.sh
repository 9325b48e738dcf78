#!/bin/sh
# Every test: the unit tests, then those on the real sites (brought up here).
set -u
cd "$(dirname "$0")/.."
bin=node_modules/.bin
./holdfast --version >/dev/null || exit 1
status=0
mkdir -p runs
./holdfast node $bin/vitest run --project unit --project scripts --reporter=default --reporter=json --outputFile.json=runs/unit.json || status=1
./holdfast lab up || exit 1
eval "$(./holdfast env)"
# The provider's own test starts a store and an engine of its own.
HOLDFAST_WEED=$HOLDFAST_LAB/bin/weed HOLDFAST_PULUMI=$HOLDFAST_LAB/bin/pulumi
export HOLDFAST_WEED HOLDFAST_PULUMI
./holdfast node $bin/vitest run --project lab --reporter=verbose --reporter=json --outputFile.json=runs/lab.json || status=1
exit $status
