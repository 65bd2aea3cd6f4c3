# OpenPile's six commands. Each installs what it needs on a Debian machine with Rust (and does
# nothing where it is already there): see scripts/install.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check bench load fuzz

# Seconds that each fuzz target runs.
FUZZ_SECONDS ?= 20
# Further arguments: make test ARGS='-p domain', make demo ARGS='--help'.
ARGS ?=

help: ## Show these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 8

demo: ## The real server with simulated devices and a tour (quickest build)
	@scripts/install build
	cargo run --profile demo --locked -p openpile -- demo $(ARGS)

test: ## All tests, on SQLite and on PostgreSQL
	@scripts/install build tools postgres
	cargo test --workspace --features openpile/otel --locked --no-fail-fast $(ARGS)

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

load: ## Thousands of devices against the real server, results in docs/benchmarks.md (35 minutes)
	@scripts/install build postgres mosquitto
	cargo run --release --locked -p openpile -- load --write docs/benchmarks.md $(ARGS)

fuzz: ## Each fuzz target for FUZZ_SECONDS seconds
	@scripts/install build c++ fuzz
	scripts/fuzz $(FUZZ_SECONDS) $(ARGS)
