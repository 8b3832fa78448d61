# Every developer command. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The certificates of the machine, not a list of its own: behind a company's proxy only those know its name.
UV := $(BIN)/uv --system-certs
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo models node sdk test check fmt lint types imports drift docs bench lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(STAMP)  ## make .venv from the hash-pinned requirement files

$(STAMP): requirements/uv.txt requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup  ## the whole story on the bundled organisation, with real local models
	$(BIN)/offramp demo

models: setup  ## fetch the local models the demo and some tests use
	$(BIN)/offramp models pull

node: setup  ## install the Node packages some tests use
	$(BIN)/python tools/node.py

test: setup  ## run the tests, but for the official SDKs against every API
	$(BIN)/python -m pytest -n auto --ignore tests/sdk

sdk: node  ## run the official Python and Node SDKs against every face and upstream
	$(BIN)/python -m pytest tests/sdk -n auto

fmt: setup  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

drift: setup
	$(BIN)/python tools/reference.py --check
	$(BIN)/python tools/statement_schemas.py --check

check: lint types imports drift  ## what CI runs before the tests

docs: setup  ## write the generated reference pages and pictures again
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/statement_schemas.py
	$(BIN)/python tools/pictures.py

bench: setup  ## run every benchmark; each prints ratios
	@set -e; for file in bench/*/run.py; do echo "== $$file"; $(BIN)/python $$file; done

lock: setup  ## renew the hash-pinned requirement files
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev --output-file requirements/dev.txt requirements/build.in pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --output-file requirements/uv.txt requirements/uv.in
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --output-file requirements/base.txt pyproject.toml
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --output-file requirements/node.txt requirements/node.in

clean:  ## remove everything that was made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
