#!/bin/sh
# Every test: the unit tests, then those on the real sites (brought up here).
set -u
cd "$(dirname "$0")/.."
bin=node_modules/.bin
./holdfast --version >/dev/null || exit 1
status=0
mkdir -p runs
./holdfast node $bin/vitest run --project unit --reporter=default --reporter=json --outputFile.json=runs/unit.json || status=1
./holdfast lab up || exit 1
./holdfast node $bin/vitest run --project lab --reporter=verbose --reporter=json --outputFile.json=runs/lab.json || status=1
exit $status
