# Each target sets up .venv by itself; a fresh clone needs make and Python 3.10 to 3.13.
#   make run    [PROFILE=quick|lecture] [DATA=folder]    the three notebooks, without a screen
#   make lab                                              JupyterLab in the course's folder
#   make test   make test-slow   make test-colab   make screenshots   make bench   make notebooks

PYTHON ?= python3
PROFILE ?= quick
DATA ?=

VENV := .venv
BIN := $(VENV)/bin
# A stamp's name says what was installed; it is older than pyproject.toml when that has changed.
RUN_READY := $(VENV)/ready-to-run
TEST_READY := $(VENV)/ready-to-test
BENCH_READY := $(VENV)/ready-to-bench
# Colab's versions live in an environment of their own, with Colab's Python.
# `python -m tests.colab.refresh FREEZE` takes over newer ones.
COLAB := .venv-colab
COLAB_READY := $(COLAB)/ready-to-test
COLAB_PYTHON ?= $(firstword $(foreach python,python3.13 python3.12 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python) \
	$(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python),$(shell $(python) -c 'print("$(python)")' 2>/dev/null)))
# What depends on the versions of TensorFlow, Keras, NumPy, matplotlib and IPython.
# on_colab.py runs the whole notebooks there, from the set-up cell to the training that goes on after a cut-off; how that
# cell finds the course in all kinds of places, make test tries (test_colab.py).
COLAB_TESTS := $(addprefix tests/,colab/on_colab.py $(addprefix lib/test_,$(addsuffix .py, \
	oracle dcgan tuned logits models upsampling precision plotting drawn adam dropout_bits normalization strided \
	winograd faster_step whatever_layers))) \
	tests/course/test_checks.py

# Tests that compute and never wait.
COMPUTING := tests/course/test_no_wrong_answer.py

.PHONY: run lab test test-slow test-computing test-waiting test-colab screenshots bench notebooks

run: $(RUN_READY)
	$(BIN)/python -m dcgan_course run --profile $(PROFILE) $(if $(DATA),--data "$(DATA)")

lab: $(RUN_READY)
	$(BIN)/python -m jupyterlab

test: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" tests

test-slow: test-computing test-waiting

test-computing: $(TEST_READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow $(COMPUTING)

# Most of these wait: for a kernel, a browser, a limit that is passed. The longest come first (tests/conftest.py).
test-waiting: $(TEST_READY)
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m slow $(addprefix --ignore=,$(COMPUTING))

test-colab: $(COLAB_READY)
	$(COLAB)/bin/python -m pytest -n 2 --dist loadfile -m "not slow" --disable-warnings $(COLAB_TESTS)

screenshots: $(TEST_READY)
	SCREENSHOTS=1 $(BIN)/python -m pytest tests/browser -m slow
	@echo "They are in tests/browser/screenshots/."

bench: $(BENCH_READY)
	$(BIN)/python -m benchmarks.training

notebooks: $(RUN_READY)
	$(BIN)/python -m dcgan_course notebooks

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 10) <= sys.version_info < (3, 14) else \
		"Python 3.10 to 3.13 is needed (TensorFlow has no package for others), and $(PYTHON) is %d.%d. " \
		"Name one that fits: make PYTHON=/path/to/python3.13" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): pyproject.toml requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@

$(TEST_READY): $(RUN_READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e ".[instructor,test,cluster,data]"
	@touch $@

$(BENCH_READY): $(RUN_READY)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -e ".[instructor,bench]"
	@touch $@

$(COLAB_READY): tests/colab/requirements.txt
	$(if $(COLAB_PYTHON),,$(error Colab has Python 3.13, and there is neither 3.13 nor 3.12 here; make test-colab COLAB_PYTHON=/path/to/python3.13))
	$(COLAB_PYTHON) -m venv --clear $(COLAB)
	$(COLAB)/bin/python -m pip install --disable-pip-version-check --quiet -r tests/colab/requirements.txt
	@touch $@
