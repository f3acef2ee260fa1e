# Two commands do everything on a fresh machine with Python 3.11 or newer:
#   make run    set up and serve the app       (PORT=8501 HOST=localhost)
#   make test   set up and run every check
#   make coverage  which lines the tests run, where they do not train
#   make lock   take the newest versions that requirements*.txt allow, and write them to requirements.lock
#   make cluster  two nodes of Ray on this machine, to try out docs/cluster.md
#   make bench  set up and measure against stock Keras Tuner, Optuna and scikeras (ARGS=--quick)
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
PORT ?= 8501
HOST ?= localhost
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
RAY := RAY_AUTH_MODE=token $(BIN)/ray start --num-cpus=1 \
	--object-store-memory=200000000 --disable-usage-stats
TWO_CORES := --numprocesses 2 --dist worksteal
# Many tests wait for processes of their own: a third keeps both cores busy.
BUSY := --numprocesses 3 --dist worksteal
# Pages apart: in a process that has loaded Keras, Streamlit cleans up after it at every run.
PAGES := tests/pages tests/lessons
# They import Keras into the process; what computes for so long is not measured for coverage.
WITH_KERAS := $(addprefix tests/,api benchmarks charts model_export models own_models strategies \
	study_import/test_keras_tuner_searches.py training watching worker test_internals.py test_resources.py)
WITHOUT_KERAS := $(addprefix --ignore=,$(WITH_KERAS) $(PAGES) tests/browser)

.PHONY: run test test-with-keras coverage cluster bench lint format browser lock clean

run: $(VENV)/app.done
	@exec $(BIN)/python server.py --port $(PORT) --host $(HOST)

test:
	@# Chromium is fetched while the packages are; mypy takes one core alone.
	$(MAKE) --no-print-directory --jobs 3 lint browser test-with-keras
	$(PYTEST) $(BUSY) $(WITHOUT_KERAS)
	$(PYTEST) $(BUSY) $(PAGES)
	$(PYTEST) $(TWO_CORES) tests/browser

# The tracer adds two thirds to the time of pages.
coverage: $(VENV)/dev.done
	$(PYTEST) $(BUSY) --cov --cov-report= --cov-fail-under=0 $(WITHOUT_KERAS)
	$(PYTEST) $(BUSY) --cov --cov-append --cov-report= $(PAGES)

test-with-keras: $(VENV)/dev.done
	$(PYTEST) $(BUSY) $(WITH_KERAS)

bench: $(VENV)/bench.done
	@$(BIN)/python -m benchmarks $(ARGS)

cluster: $(VENV)/cluster.done
	@$(BIN)/ray get-auth-token --generate > /dev/null
	@$(RAY) --head --port=6399 --node-name=first --include-dashboard=false
	@$(RAY) --address=127.0.0.1:6399 --node-name=second
	@echo "Two nodes: run a study with RAY_AUTH_MODE=token and --ray 127.0.0.1:6399. This ends them: $(BIN)/ray stop"

lint: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

browser:
	@sh tests/browser/install.sh

lock: requirements.txt requirements-export.txt requirements-dev.txt
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	{ sed -n 1p requirements.lock; build/lock/bin/python -m pip freeze; } > build/requirements.lock
	mv build/requirements.lock requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/app.done: requirements.txt requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Tunescape needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 run"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) --no-compile -c requirements.lock -r requirements.txt
	@# pip would compile on one core. What a package means for another Python is left out.
	$(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true
	touch $@

$(VENV)/dev.done: requirements-dev.txt requirements-export.txt $(VENV)/app.done
	$(INSTALL) -c requirements.lock -r requirements-dev.txt
	touch $@

$(VENV)/cluster.done: requirements-cluster.txt $(VENV)/app.done
	$(INSTALL) -c requirements.lock -r requirements-cluster.txt
	touch $@

$(VENV)/bench.done: requirements-bench.txt $(VENV)/app.done
	$(INSTALL) -c requirements.lock -r requirements-bench.txt
	touch $@
