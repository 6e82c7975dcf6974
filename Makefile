# `make demo` and `make test` set up what they need: a virtual environment in .venv, from nothing but Python 3.10 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types check bench clean help

help:
	@echo "make demo   watch the loop improve an example library (about three minutes)"
	@echo "make test   lint, types and tests"
	@echo "make lint | types | check   one of them (check: the tests)"
	@echo "make bench  the measurements that the documentation quotes (long)"
	@echo "make clean  remove the virtual environment and caches"

$(BIN)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "a virtual environment cannot be made: install your system's python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(BIN)/.developing: $(BIN)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

demo: $(BIN)/.installed
	@$(BIN)/python examples/demo.py

test: lint types check

lint: $(BIN)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/.developing
	$(BIN)/mypy

check: $(BIN)/.developing
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(BIN)/.developing
	$(BIN)/python -m bench.null
	$(BIN)/python -m bench.live
	$(BIN)/python -m bench.redteam --runs 2 --layers
	$(BIN)/python -m bench.rules
	$(BIN)/python -m bench.cost

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
