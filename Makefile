# Each target does its own set-up, can be run again after an interruption, and
# reuses what is built (a cache outside the repository, keyed by its inputs).
.PHONY: drill test check test-faults test-sizes test-clouds faults-table bench bench-preview lab lab-down clean format
.DEFAULT_GOAL := help

help:
	@echo "make drill      a real drill from a bare machine to a verdict and a report"
	@echo "make test       every test, the lab's included"
	@echo "make check      format, lint, types, unit tests, unused code, dependency rules (under 2 minutes)"
	@echo "make test-faults  every fault done for real, SHARD=i/n, ONLY=number, FORCE=1; make faults-table draws docs/track-record.md's"
	@echo "make test-sizes  the forecast of a restore of 8 GB from real ones of 1 and 4 GB (a quarter of an hour, 30 GB)"
	@echo "make lab        two sites and a third place, up and healthy; make lab-down takes them away"
	@echo "make test-clouds  the drill through Route 53 and through Cloudflare, on stand-ins, each on a new lab; the sites of both examples at AWS (20 minutes)"
	@echo "make bench      backup, restore, replay and archiving timed beside their alternatives (SIZES=1,2,4)"
	@echo "make bench-preview  an unchanged preview of a stack of 100 resources (after make drill's hand-back, or with primary deployed)"
	@echo "make clean      removes runs and installed packages; the cache stays (holdfast build --list)"

drill:
	./holdfast lab up
	./holdfast drill --scenario site-loss

lab:
	./holdfast lab up

lab-down:
	./holdfast lab down

check:
	@./scripts/check.sh

test:
	@./scripts/test.sh

test-faults:
	./holdfast lab up
	HOLDFAST_SHARD=$(or $(SHARD),1/1) ./holdfast node node_modules/.bin/vitest run --project faults --reporter=verbose $(if $(ONLY),-t '^$(ONLY): ')

test-sizes:
	./holdfast lab up
	./holdfast node node_modules/.bin/vitest run --project sizes --reporter=verbose

test-clouds:
	./holdfast node node_modules/.bin/vitest run --project clouds --reporter=verbose

faults-table:
	./holdfast node tests/faults/support/write-table.ts

bench:
	./holdfast lab up
	./holdfast bench --size $(or $(SIZES),2) $(BENCH_FLAGS)

bench-preview:
	./holdfast lab up
	./holdfast bench-preview

format:
	./holdfast node -- node_modules/.bin/biome check --write .

clean:
	rm -rf runs node_modules
