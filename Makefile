# Each target is enough alone: it makes what it needs. Nothing is done twice: the stamp in .venv says what is installed.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
UV_VERSION := 0.13.9
PYTEST_ARGS ?= -n auto --dist loadfile

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow golden bench check lint lock influence docs gallery ablation evidence clean

help:
	@echo "make setup   the environment in .venv, from the hashed lock"
	@echo "make run     the baseline run; says where its report is"
	@echo "make test    the tests"
	@echo "make test-slow  tests of some minutes: the same bytes on other processors, in a new cache"
	@echo "make golden REASON='...'  write the golden values anew, with the reason (NEW=1: only of new scenarios)"
	@echo "make bench   speed and memory"
	@echo "make check   style and types"
	@echo "make docs    tables of the documents, the README's picture, the list of misfits"
	@echo "make gallery  every scenario against its baseline: docs/gallery.md"
	@echo "make ablation  what each structural switch changes: docs/ablation.md, outputs/ablation.csv"
	@echo "make evidence  back-test, patterns, events, benchmarks: docs/evidence.md (FROM_RESULTS=1: write it without running)"
	@echo "make influence  rank uncertain parameters anew (Morris screening, some minutes): sim/study/influence.csv"
	@echo "make lock    recompile requirements/dev.lock from dev.in"
	@echo "make clean   remove caches (make clean VENV_TOO=1: the environment as well)"

setup: $(STAMP)

$(STAMP): requirements/dev.lock pyproject.toml tools/find_python.sh
	@$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || \
	    { py=$$(sh tools/find_python.sh) && echo "environment: $(VENV) with $$py" && "$$py" -m venv --clear $(VENV); }
	@[ -x $(BIN)/uv ] || $(BIN)/python -m pip install -q --no-deps uv==$(UV_VERSION) 2>/dev/null || \
	    echo "uv cannot be had here; pip does the same, slower"
	@if [ -x $(BIN)/uv ]; then \
	    $(BIN)/uv pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/dev.lock; \
	else $(BIN)/python -m pip install -q --require-hashes -r requirements/dev.lock; fi
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP)
	$(BIN)/weightshift run baseline --replicates 20

test: $(STAMP)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m minutes --timeout 3600

golden: $(STAMP)
	$(BIN)/python tests/golden/golden.py $(if $(NEW),--new) "$(REASON)"

bench: $(STAMP)
	$(BIN)/python -m pytest tests/bench -p no:xdist --benchmark-only --timeout 3600 -o python_files="bench_*.py"

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy

lint: check

influence: $(STAMP)
	$(BIN)/weightshift sweep influence --out outputs/influence
	$(BIN)/python tools/rank_influence.py outputs/influence

lock: $(STAMP)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header \
	    requirements/dev.in -o requirements/dev.lock

docs: $(STAMP)
	$(BIN)/python tools/write_odd_tables.py
	$(BIN)/python tools/write_policy_catalogue.py
	$(BIN)/weightshift run baseline --replicates 20 --out outputs/docs
	$(BIN)/python tools/list_misfits.py outputs/docs
	mkdir -p docs/img && cp outputs/docs/figures/compute_by_vendor.png docs/img/

gallery: $(STAMP)
	$(BIN)/python tools/make_gallery.py

ablation: $(STAMP)
	$(BIN)/python tools/ablation.py

evidence: $(STAMP)
	$(BIN)/python tools/write_evidence.py $(if $(FROM_RESULTS),--from-results)

clean:
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .benchmarks build dist
	find sim tests -name __pycache__ -type d -prune -exec rm -rf {} +
	$(if $(VENV_TOO),rm -rf $(VENV))
