# Each target sets up .venv by itself; a fresh clone needs make and Python 3.10 or newer.
#   make run    [PROFILE=quick|lecture] [DATA=folder]    the three notebooks, without a screen
#   make lab                                              JupyterLab on the notebooks
#   make test   make test-slow   make bench   make notebooks

PYTHON ?= python3
PROFILE ?= quick
DATA ?=

VENV := .venv
BIN := $(VENV)/bin
# A stamp's name says what was installed; it is older than pyproject.toml when that has changed.
RUN_READY := $(VENV)/ready-to-run
TEST_READY := $(VENV)/ready-to-test
BENCH_READY := $(VENV)/ready-to-bench

.PHONY: run lab test test-slow bench notebooks

run: $(RUN_READY)
	$(BIN)/python -m instructor run --profile $(PROFILE) $(if $(DATA),--data "$(DATA)")

lab: $(RUN_READY)
	$(BIN)/python -m jupyterlab notebooks

test: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(TEST_READY)
	$(BIN)/python -m pytest -m slow

bench: $(BENCH_READY)
	$(BIN)/python -m benchmarks.training

notebooks: $(RUN_READY)
	$(BIN)/python -m instructor notebooks

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed; make PYTHON=/path/to/python3" if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): pyproject.toml requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt -e ".[instructor]"
	@touch $@

$(TEST_READY): $(RUN_READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e ".[instructor,test,cluster,data]"
	@touch $@

$(BENCH_READY): $(RUN_READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e ".[instructor,bench]"
	@touch $@
