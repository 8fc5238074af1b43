# Every verb that people and CI use. `make` alone lists them.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The environment's libraries spin when more threads than cores are busy.
TEST_ENV := OMP_NUM_THREADS=1

.DEFAULT_GOAL := help
.PHONY: help install demo edit gallery test test-fast check format bench clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

install: $(INSTALLED) ## make the environment in .venv with the tested versions

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "igan needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install ## the whole path on the embedded picture set, about ten minutes on two cores
	$(BIN)/igan demo $(DEMO_OPTIONS)

edit: install ## the editor in the browser, with the bundles at hand
	$(BIN)/igan serve --open $(EDIT_OPTIONS)

gallery: install ## docs/gallery.md and its pictures, from the bundles in checkpoints/
	$(BIN)/igan gallery $(GALLERY_OPTIONS)

test: install ## every test, on every core; what CI runs
	$(TEST_ENV) $(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-fast: install ## the tests that take no more than five seconds each
	$(TEST_ENV) $(BIN)/python -m pytest -m 'not slow'

check: install ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## every benchmark, side by side with its rival
	@for question in benchmarks/*.py; do echo "== $$question"; $(BIN)/python $$question || exit 1; done

clean: ## remove the environment and caches (never runs, data or checkpoints)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
