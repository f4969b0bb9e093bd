# Everything that has to be set up, the targets set up themselves, once.
# On a machine without uv, pip puts one in .tools; nothing is installed outside this folder.

UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
BIN := .venv/bin
READY := .venv/.ready
# What the tests of one file share is then made once.
SPREAD := -n 2 --dist loadfile

.PHONY: help report test test-slow wheel bench deception backtest trust fuzz audit lint format lock clean

help:
	@echo "make report    run the main job on the default case; see reports/kremlin/report.html"
	@echo "make test      run the tests"
	@echo "make test-slow run the slow ones"
	@echo "make wheel     build the wheel, and use it outside this folder on Python 3.12 and 3.13"
	@echo "make bench     time falseflag beside PyMC, pgmpy and pyAgrum; see reports/benchmarks.md"
	@echo "make deception simulate false flags, and answer them with and without a deception entry"
	@echo "make backtest  answer the resolved cases unseen; see reports/backtest.md"
	@echo "make trust     measure the guarantees; see reports/trust.md"
	@echo "make fuzz      fuzz the loader of case files for ten minutes"
	@echo "make audit     look the locked dependencies up in the advisory database"
	@echo "make lint      ruff and mypy"
	@echo "make format    let ruff lay out the code"
	@echo "make lock      update uv.lock"
	@echo "make clean     remove what these targets made, but no report"

report: $(READY)
	$(BIN)/falseflag sample priors/kremlin.yaml --out reports/kremlin

test: $(READY)
	$(BIN)/pytest $(SPREAD) -m "not slow"

test-slow: $(READY)
	$(BIN)/pytest $(SPREAD) -m slow

wheel: $(UV)
	UV=$(UV) .ci/wheel $(PYTHONS)

bench: $(READY)
	$(UV) sync --locked --inexact --group bench
	$(BIN)/python benchmarks $(BENCH)

deception: $(READY)
	$(BIN)/python benchmarks/deception.py

backtest: $(READY)
	$(BIN)/falseflag backtest priors/resolved_cases.csv --case priors/kremlin_record.yaml --out reports/backtest

trust: $(READY)
	$(UV) sync --locked --group fuzz --group audit
	$(BIN)/python -m trust $(TRUST)

fuzz: $(READY)
	$(UV) sync --locked --group fuzz
	cd tests && ../$(BIN)/python -m fuzz.loader --seconds 600

audit: $(READY)
	$(UV) run --locked --group audit pip-audit --local --progress-spinner off

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(UV)
	$(UV) lock --upgrade

clean:
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

# A Python other than .python-version asks for serves too, if that one can neither be found nor be had.
$(READY): pyproject.toml uv.lock .python-version | $(UV)
	$(UV) sync --locked || $(UV) sync --locked --python '>=3.12'
	@$(BIN)/python -m compileall -q model  # uv compiles what it installs, and this is not installed but linked
	@touch $@

.tools/bin/uv:
	@for python in python3 python /usr/bin/python3 python3.13 python3.12; do \
		if $$python -m pip --version >/dev/null 2>&1; then \
			echo "$$python -m pip install --target .tools uv"; \
			exec $$python -m pip install --quiet --disable-pip-version-check --target .tools uv; \
		fi; \
	done; \
	echo "This needs uv (https://docs.astral.sh/uv), or a Python with pip to install it with." >&2; exit 1
