# `make` lists the verbs. Needed: Rust, Python 3.11 or later, Node with npm, and make.

# Where the stack of `make run` is, and what `make token` and `make event` find it by.
STACK_DIR ?= .local
export STACK_DIR PORT TENANT SUBJECT ROLE EXPIRES

TARGET := $(or $(CARGO_TARGET_DIR),target)
LOCAL := $(TARGET)/debug/local
TOOLS := $(abspath $(TARGET))/tools
# Written by npm when it has set everything up.
CHECKERS := tests/checkers/node_modules/.package-lock.json
BROWSER := tests/browser/node_modules/.package-lock.json
NODE_DISPATCHER := tests/bench/node/node_modules/.package-lock.json
# What the page is tested in: Debian's, unless this names another.
CHROMIUM ?= /usr/bin/chromium
export CHROMIUM
# Two files at a time: each has a service and a browser of its own.
IN_BROWSER := node --test --test-concurrency=2 --test-reporter=dot tests/browser/*.test.mjs

# What libFuzzer is given bytes for, and how long each.
FUZZ_TARGETS := $(basename $(notdir $(wildcard tests/fuzz/targets/*.rs)))
FUZZ_SECONDS ?= 60
# No sanitizer: there is no unsafe code, and C that has been tested by others.
FUZZ = PATH="$(TOOLS)/bin:$$PATH" cargo +nightly fuzz run --fuzz-dir tests/fuzz --target-dir $(TARGET)/fuzz \
  --features libfuzzer --sanitizer none
# What is changed and when a test hangs is in .cargo/mutants.toml. Built apart, so that the
# programs that tests start are never changed ones.
APART = PATH="$(TOOLS)/bin:$$PATH" CARGO_TARGET_DIR="$(abspath $(TARGET))/mutants"
MUTANTS = $(APART) cargo mutants --no-shuffle --output $(TARGET)/mutants
# Its tests are of another package, which cargo-mutants cannot try unchanged.
OF_DISPATCHER := --test delivery --test tenants --test redelivery --test wake_ups --test sweep --test partial_batches

hint-cargo := install Rust from https://rustup.rs
hint-python3 := install Python 3.11 or later
hint-node := install Node.js 20 or later
hint-npm := install npm, which comes with Node.js

# `make token` prints a token and nothing else, in a nested make too.
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help run token event test browser soak bench cost fmt lint deploy size audit mutants fuzz clean .venv \
  .checked .compiled .tools

help: ## lists these verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: need-cargo .venv/requirements.txt ## starts the whole service here (PORT=8080 STACK_DIR=.local)
	@cargo build --workspace --bins
	@exec $(LOCAL) run

token: $(LOCAL) ## prints a token (TENANT=acme SUBJECT=admin ROLE=admin EXPIRES=86400)
	@exec $(LOCAL) token

event: need-FILE $(LOCAL) ## sends an event and says what became of it (FILE=event.json)
	@exec $(LOCAL) event "$(FILE)"

test: need-cargo need-node ## checks format, lints and infra, and runs every test
	@$(MAKE) --jobs=2 .compiled .tools
	@.venv/bin/cfn-lint infra/template.yaml
	@cargo test --quiet --workspace
	@$(IN_BROWSER)

.compiled: .checked
	@cargo build --quiet --workspace --bins

.checked: need-cargo
	@cargo fmt --all --check
	@cargo clippy --quiet --workspace --all-targets -- --deny warnings

# Fetched while Rust is compiled.
.tools: .venv/requirements.txt $(CHECKERS) $(BROWSER) | $(CHROMIUM)

browser: need-cargo need-node .venv/requirements.txt $(BROWSER) | $(CHROMIUM) ## tests the settings page in Chromium alone
	@cargo build --quiet --workspace --bins
	@$(IN_BROWSER)

# The functions as they are deployed; what sends, receives and counts is the tests' own.
# Seven minutes.
soak: need-cargo .venv/requirements.txt ## pours in 5,000 events while receivers break and dispatchers die (SEED=1)
	@cargo build --quiet --release --package api --package dispatcher
	@cargo run --quiet --package e2e --example soak -- $(TARGET)/release $(STACK_DIR)/soak $(or $(SEED),1)

# The functions as they are deployed, beside others, over emulated AWS. What it says is for one machine,
# with nothing else running on it. A first time takes half an hour, most of it to build.
bench: need-cargo need-node .venv/requirements.txt $(NODE_DISPATCHER) ## measures speed, size and cost (MEASURE=delivery)
	@cargo build --quiet --release --package api --package dispatcher --package baseline
	@cargo build --quiet --profile harness --package bench
	@AWS_EC2_METADATA_DISABLED=true $(TARGET)/harness/bench $(TARGET)/release tests/bench/node/dispatcher.mjs \
	  $(TARGET)/measured.json $(MEASURE)

cost: need-cargo ## writes docs/cost.md and its charts, from the last `make bench` if there was one
	@test ! -e $(TARGET)/measured.json || cp $(TARGET)/measured.json docs/measured.json
	@cargo run --quiet --package cost -- docs/measured.json docs

fmt: need-cargo ## formats the code
	@cargo fmt --all

lint: .checked .venv/requirements.txt ## runs the linters alone
	@.venv/bin/cfn-lint infra/template.yaml

# A venv of its own: SAM pins other versions of what moto needs.
deploy: need-cargo .venv/deploy/requirements.txt ## builds for Lambda and deploys with SAM (DEPLOY_ARGS="--parameter-overrides file://parameters.yaml")
	@cd infra && PATH="$(CURDIR)/.venv/deploy/bin:$$PATH" && export PATH && \
	  sam build --beta-features && sam deploy $(DEPLOY_ARGS)

# 6.5 MB: what a cold start has to load.
size: need-cargo ## builds both functions for release and checks their sizes
	@cargo build --quiet --release --package api --package dispatcher
	@ls -l $(TARGET)/release/api $(TARGET)/release/dispatcher | awk '{print $$5 " bytes", $$NF}'
	@test $$(wc -c <$(TARGET)/release/dispatcher) -le 6500000 || { echo "The dispatcher is over 6.5 MB." >&2; exit 1; }

audit: $(TOOLS)/bin/cargo-deny ## checks the dependencies: licenses, advisories, bans
	@$(TOOLS)/bin/cargo-deny check

# Each with the tests that hold it, and no others: there are some hundred changes.
mutants: $(TOOLS)/bin/cargo-mutants ## looks for code that no test holds, where it matters most
	@$(MUTANTS)/domain --package domain
	@$(MUTANTS)/api --package api -- --lib --test api -- auth
	@$(APART) cargo test --quiet --package e2e $(OF_DISPATCHER)
	@$(MUTANTS)/dispatcher --package dispatcher --test-package e2e --baseline skip --timeout 300 -- $(OF_DISPATCHER)

# What a run finds of use stays under target; `cargo fuzz cmin` chooses what is worth committing.
fuzz: $(TOOLS)/bin/cargo-fuzz ## gives strangers' bytes to what reads them (FUZZ_SECONDS=60 a target)
	@for target in $(FUZZ_TARGETS); do found=$(TARGET)/fuzz/corpus/$$target && mkdir -p $$found && \
	  $(FUZZ) $$target $$found tests/fuzz/corpus/$$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -print_final_stats=1 || exit 1; done

clean: need-cargo ## removes all that was built and set up
	@cargo clean --quiet
	@rm -rf .venv .local tests/*/node_modules tests/bench/node/node_modules

.venv: .venv/requirements.txt ## sets up the pinned Python tools

# Made anew only when the pins change.
.venv/requirements.txt: requirements.txt | need-python3
	@$(call venv,.venv)

.venv/deploy/requirements.txt: requirements-deploy.txt | need-python3
	@$(call venv,.venv/deploy)

define venv
test -x $(1)/bin/python || echo "Setting up $(1) …" >&2; \
python3 -m venv $(1) && $(1)/bin/pip install --quiet --disable-pip-version-check --requirement $< && cp $< $@ || \
{ echo "$(1) could not be set up; remove it and try again." >&2; exit 1; }
endef

# Made anew only when the lock changes.
$(CHECKERS) $(BROWSER) $(NODE_DISPATCHER): %/node_modules/.package-lock.json: %/package-lock.json | need-npm
	@test -e $@ || echo "Setting up $* …" >&2
	@cd $* && npm ci --loglevel=error --no-audit --no-fund >/dev/null

# Where we may install packages, as in CI, we do. It says something only when it fails.
$(CHROMIUM):
	@test $@ = /usr/bin/chromium -a "$$(id -u)" = 0 && command -v apt-get >/dev/null || \
	  { echo "$@ is missing: install Chromium, or name it by CHROMIUM." >&2; exit 1; }
	@echo "Installing Chromium …" >&2
	@export DEBIAN_FRONTEND=noninteractive && \
	  said=$$({ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } 2>&1) || \
	  { echo "$$said" >&2; exit 1; }

$(LOCAL): | need-cargo
	@cargo build --quiet --workspace --bins

$(TOOLS)/bin/cargo-deny: | need-cargo
	@cargo install --quiet --locked --root $(TOOLS) cargo-deny@0.20.2

$(TOOLS)/bin/cargo-fuzz: | need-cargo
	@cargo install --quiet --locked --root $(TOOLS) cargo-fuzz@0.13.2

$(TOOLS)/bin/cargo-mutants: | need-cargo
	@cargo install --quiet --locked --root $(TOOLS) cargo-mutants@27.1.0

need-python3:
	@command -v python3 >/dev/null || { echo "python3 is missing: $(hint-python3)." >&2; exit 1; }
	@python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "python3 is too old or lacks venv: $(hint-python3), with its venv module." >&2; exit 1; }

need-FILE:
	@test -n "$(FILE)" || { echo "Which event? make event FILE=event.json" >&2; exit 1; }

need-%:
	@command -v $* >/dev/null || { echo "$* is missing: $(hint-$*)." >&2; exit 1; }
