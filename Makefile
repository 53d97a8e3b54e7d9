# Thin on purpose: each target is a command that the README also spells out, behind an environment
# that is made once and touched again only when a lock or pyproject.toml has changed.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
STUBS  := .venv-stubs
PEERS  := .venv-bench
BIN    := $(VENV)/bin

# Each folder of plugins/ is a distribution of its own, installed from here like the service.
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

# Errors alone are shown: pip's warnings are about the machine's indexes and cache, not about us.
# Wheels only: a source distribution would run a build backend that no lock names.
INSTALL = -m pip -qq --disable-pip-version-check --no-input install
LOCKED  = $(INSTALL) --only-binary :all: --require-hashes -r

# buf insists on a cache, and a home may not be there to write to.
export BUF_CACHE_DIR := $(CURDIR)/$(VENV)/buf

.PHONY: demo quick test test-long profile bench mutants check proto release-contract lock
.NOTPARALLEL:  # demo and dev share one environment

demo: $(VENV)/demo.ready
	@$(BIN)/rollbook demo

quick: $(VENV)/dev.ready
	@$(BIN)/python -m tests.quick

test: $(VENV)/dev.ready
	$(BIN)/python -m pytest

test-long: $(VENV)/dev.ready
	$(BIN)/python -m pytest -m quiet -n 0 --figures tests/README.md
	$(BIN)/python -m pytest -m "long and not quiet" -n 4 --dist load --maxschedchunk 1 --timeout 900 --figures tests/README.md
	$(BIN)/python -m pytest tests/unit --hypothesis-profile thorough --timeout 3600
	$(BIN)/python -m pytest tests/acceptance --through pgbouncer -k "not cli and not mail"

profile: $(VENV)/dev.ready
	@$(BIN)/python -m tests.bench.profile

bench: $(VENV)/dev.ready $(PEERS)/bench.ready
	@$(BIN)/python -m tests.bench --results bench-results.json

mutants: $(VENV)/mutants.installed
	@$(BIN)/python -m tests.mutants

check: $(VENV)/dev.ready $(STUBS)/stubs.ready
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/squawk service/rollbook/store/migrations/*.sql
	$(BIN)/hadolint deploy/Dockerfile
	PATH="$(CURDIR)/$(STUBS)/bin:$$PATH" proto/generate --check
	$(BIN)/buf lint
	PATH="$(CURDIR)/$(BIN):$$PATH" proto/compatible

proto: $(STUBS)/stubs.ready
	PATH="$(CURDIR)/$(STUBS)/bin:$$PATH" proto/generate

# Part of a release: what is promised from then on, and what `make check` compares with.
release-contract: $(VENV)/dev.ready
	$(BIN)/buf build --output proto/released.binpb

# Versions stay as they are where they may; LOCKFLAGS=--upgrade renews them all. The index of whoever
# runs this, and wheels lying about on the machine, leave no trace. Each lock takes its versions
# from dev.txt, so that what is tested is what runs.
lock: $(VENV)/dev.ready
	$(LOCK) pyproject.toml --extra demo --extra excel --extra metrics --extra web --group dev --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --extra demo --group build --group plugins $(AS_TESTED) --output-file requirements/demo.txt
	$(LOCK) pyproject.toml --extra server --extra metrics --extra web --group plugins $(AS_TESTED) --output-file requirements/server.txt
	$(LOCK) --group build $(AS_TESTED) --output-file requirements/build.txt
	$(LOCK) --group mutants $(AS_TESTED) --override requirements/without.in --output-file requirements/mutants.txt
	$(LOCK) --group bench --output-file requirements/bench.txt
	$(LOCK) --group stubs --output-file requirements/stubs.txt
AS_TESTED = --constraint requirements/dev.txt
LOCK = env -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(BIN)/uv --no-config pip compile \
	--quiet $(LOCKFLAGS) --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock"

# dev.txt holds all of demo.txt (a test keeps it so): whoever has the one has the other.
$(VENV)/%.ready: requirements/%.txt pyproject.toml $(PLUGINS:=/pyproject.toml)
	@echo "Installing requirements/$*.txt into $(VENV), once" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(LOCKED) requirements/$*.txt
	@$(BIN)/python $(INSTALL) --no-deps --no-build-isolation --editable . $(PLUGINS:%=--editable %)
	@touch $(VENV)/demo.ready $@

$(VENV)/mutants.installed: requirements/mutants.txt $(VENV)/dev.ready
	@$(BIN)/python $(LOCKED) requirements/mutants.txt --no-deps
	@touch $@

$(STUBS)/stubs.ready: requirements/stubs.txt
	@echo "Installing requirements/stubs.txt into $(STUBS), once" >&2
	@$(PYTHON) -m venv $(STUBS)
	@$(STUBS)/bin/python $(LOCKED) requirements/stubs.txt
	@touch $@

$(PEERS)/bench.ready: requirements/bench.txt
	@echo "Installing requirements/bench.txt into $(PEERS), once" >&2
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python $(LOCKED) requirements/bench.txt
	@touch $@
