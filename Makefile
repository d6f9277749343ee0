# Everything a user or contributor runs. `make help` lists the targets.

PORT ?= 8501
MUSEGNN_SHARED ?= $(abspath ../shared)

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
TOOLS := .venv-tools
TOOL_STAMP := $(TOOLS)/.installed
CANDIDATES := python3.11 python3.12 python3
SUPPORTED := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv install app test lint format types coverage atlas lock audit sbom clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(PY):
	@found=; for candidate in $(PYTHON) $(CANDIDATES); do \
	  if $$candidate -c '$(SUPPORTED)' >/dev/null 2>&1; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Expected Python 3.11 or newer, found none. Install it, or run: make PYTHON=<path> install"; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$found"; $$found -m venv $(VENV)

# A stamp is written last: an install that fails is done again the next time.
$(STAMP): requirements.lock requirements-torch.lock deploy/install.py pyproject.toml | $(PY)
	@rm -f $@
	$(PY) deploy/install.py
	@touch $@

$(TEST_STAMP): requirements-test.lock $(STAMP)
	@rm -f $@
	$(PY) deploy/install.py --test
	@touch $@

$(TOOL_STAMP): requirements-tools.lock deploy/install.py | $(PY)
	@rm -f $@
	@test -x $(TOOLS)/bin/python || $(PY) -m venv $(TOOLS)
	$(TOOLS)/bin/python deploy/install.py --tools
	@touch $@

venv: $(PY) ## make an empty environment, for example to choose a build of torch first

install: $(STAMP) ## install the dashboard and the library

app: $(STAMP) ## open the dashboard at PORT (8501)
	@echo "Dashboard: http://localhost:$(PORT)  (stop with Ctrl-C)"
	@$(PY) -m musegnn.cli.main app --port $(PORT)

# One file stays in one process, for its fixtures; one thread each, so that processes do not compete.
test: $(TEST_STAMP) ## run all tests, in the browser too where Chromium is found
	OMP_NUM_THREADS=1 $(PY) -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

coverage: $(TEST_STAMP) ## run all tests and report which lines they reach
	$(PY) -m pytest --cov --cov-report=term

lint: $(TEST_STAMP) ## check style and layout of the code
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

format: $(TEST_STAMP) ## lay out the code and mend what can be mended
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: $(TEST_STAMP) ## check the types of the library
	$(PY) -m mypy

atlas: $(STAMP) ## compute the shipped results again from the public data in MUSEGNN_SHARED
	@if [ ! -d "$(MUSEGNN_SHARED)" ]; then \
	  echo "Expected the public data in $(MUSEGNN_SHARED), found no such folder. Set MUSEGNN_SHARED."; \
	  exit 1; \
	fi
	MUSEGNN_SHARED="$(MUSEGNN_SHARED)" $(PY) data/build_atlas.py
	MUSEGNN_SHARED="$(MUSEGNN_SHARED)" $(PY) data/build_correlations.py

lock: $(TOOL_STAMP) ## write the lock files anew from requirements*.txt
	$(TOOLS)/bin/python deploy/lock.py

audit: $(PY) ## look for advisories against what is locked, where a source of them can be reached
	@$(PY) deploy/audit.py

sbom: $(STAMP) $(TOOL_STAMP) ## list what is installed, with versions and licences, as sbom.json
	$(TOOLS)/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
	  --output-file sbom.json $(PY)

clean: ## remove the environment and all caches; data and runs stay
	rm -rf $(VENV) $(TOOLS) sbom.json build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
