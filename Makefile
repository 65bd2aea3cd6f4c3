# OpenPile's commands. Each installs what it needs on a Debian machine with Rust (and does
# nothing where it is already there): see scripts/install.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help web demo test test-console test-server test-cluster test-browser check bench bench-console load fuzz

# Seconds that each fuzz target runs.
FUZZ_SECONDS ?= 20
# Further arguments: make test ARGS='-p domain', make demo ARGS='--help'.
ARGS ?=

help: ## Show these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 8

# What the console is built from; the types come out of the server's own document.
CONSOLE := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' \
	-not -path 'web/src/api/generated/*' -not -path 'web/e2e/*' -not -name '*.md') \
	crates/api/tests/it/snapshots/it__documented__openapi.snap

web/node_modules/.package-lock.json: web/package-lock.json
	@scripts/install node
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(CONSOLE)
	cd web && npm run --silent build

web: web/dist/index.html ## The console, built into web/dist (demo and test do that by themselves)

demo: web/dist/index.html ## The real server with simulated devices and a tour (quickest build)
	@scripts/install build
	cargo run --profile demo --locked -p openpile -- demo $(ARGS)

# With ARGS only those tests of the server: make test ARGS='-p domain'.
test: $(if $(ARGS),test-server,test-console test-server test-browser) ## All tests: the console, both databases, a browser

test-console: web/dist/index.html
	cd web && npm run --silent check && npm test --silent

test-server: web/dist/index.html
	@scripts/install build tools postgres redis
	cargo test --workspace --features openpile/otel --locked --no-fail-fast $(ARGS)

# A part of test-server: two and three nodes from binaries, their PostgreSQL with a replica, their
# Redis, and a balancer that is cut, each test with its own.
test-cluster: ## Several nodes on this machine: calls across, losses, cut networks, failover (3 minutes)
	@scripts/install build tools postgres redis
	cargo test --workspace --features openpile/otel --locked --test acceptance -- nodes:: redis_contract $(ARGS)

# After the tests of the server, which need both cores, and with the program that they built: `cargo
# build` would build every dependency once more, without what only tests need of it.
test-browser: web/dist/index.html test-server
	@scripts/install browser
	cd web && npm run --silent e2e

check: ## Format, lints, documentation, licences and sources of dependencies
	@scripts/install build rustfmt clippy deny
	scripts/check-style
	scripts/check-documentation
	scripts/check-dependencies

bench: ## The hot paths alone: frames of every protocol, bills (3 minutes)
	@scripts/install build
	for family in bkv ap3000 ykc infypower; do \
		cargo bench --locked -p $$family --bench hot_paths -- --noplot || exit; done
	cargo bench --locked -p domain --bench bill -- --noplot
	cargo run --release --locked -p openpile -- load --only f10,bill \
		--write docs/benchmarks.md $(ARGS)

bench-console: web/dist/index.html ## The console in a browser: first page, live ports, big screen (4 minutes)
	@scripts/install build browser
	cargo build --release --locked -p openpile
	cd web && OPENPILE_PROGRAM=../target/release/openpile npm run --silent measure

load: ## Thousands of devices against the real server, results in docs/benchmarks.md (45 minutes)
	@scripts/install build postgres redis mosquitto
	cargo run --release --locked -p openpile -- load --write docs/benchmarks.md $(ARGS)

fuzz: ## Each fuzz target for FUZZ_SECONDS seconds
	@scripts/install build c++ fuzz
	scripts/fuzz $(FUZZ_SECONDS) $(ARGS)
