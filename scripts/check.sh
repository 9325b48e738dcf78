#!/bin/sh
# Format, lint, types, unit tests, unused code and dependency rules, under two
# minutes. Two of them run at a time; the first that fails is named at the end.
set -u
cd "$(dirname "$0")/.."
run() { ./holdfast node "$@"; }
bin=node_modules/.bin
./holdfast --version >/dev/null || exit 1
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
failed=""
step() {
	name=$1
	shift
	start=$(date +%s)
	if "$@" >"$log/$name" 2>&1; then
		echo "ok    $name ($(($(date +%s) - start)) s)"
	else
		echo "FAIL  $name"
		cat "$log/$name"
		return 1
	fi
}
(step format-and-lint run $bin/biome check . && step unused run $bin/knip && step dependencies run $bin/depcruise --config .dependency-cruiser.cjs errors contract config plan components provider policy drill report bench cli lab index.ts) &
first=$!
step types run $bin/tsc --noEmit || failed="$failed types"
wait $first || failed="$failed lint"
step unit-tests run $bin/vitest run --project unit --reporter=default --reporter=json --outputFile.json=runs/unit.json || failed="$failed unit-tests"
tail -8 "$log/unit-tests" 2>/dev/null
[ -z "$failed" ] || { echo "make check failed:$failed"; exit 1; }
echo "make check passed"
