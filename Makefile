# On a fresh machine with Python 3.11 or newer: `make demo` shows the main job, `make test` runs every check.
# Both first make .venv, with uv if it is there, else with pip; later calls start at once.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXTRAS := postgres,charts,parquet,dev

# An environment survives neither being moved, so the stamp says where it was made, nor the loss of its Python.
ifneq (whole,$(shell test -x $(BIN)/python && test "$$(cat $(STAMP) 2>/dev/null)" = "$$(pwd -P)" && echo whole))
.PHONY: $(STAMP)
endif

.PHONY: help demo test audit bench chaos install clean
.DELETE_ON_ERROR:

help:
	@echo "make demo   the main job on bundled sample data: no network, no token"
	@echo "make test   formatting, types, architecture and all tests"
	@echo "make audit  which of the pinned packages have a known vulnerability, where that can be asked"
	@echo "make bench  ledgers at scale beside raw SQL, DuckDB and pandas, and refreshes beside dlt, best-of, github-to-sqlite"
	@echo "            and perceval, as a Markdown report: 40 minutes; see benchmarks/README.md for less"
	@echo "            (REFRESH='--projects 100'), for larger ledgers (BENCH='--millions 10'), and for imports and guards"
	@echo "            (HISTORY=folder)"
	@echo "make chaos  an hour of refreshes amid faults and kills, checked after each (MINUTES=5 for a short one)"
	@echo "make clean  remove the environment and what the checks left behind; ledgers and recordings stay"

demo: $(STAMP)
	@$(BIN)/tallybook demo

# In CI also the types of the tests and the benchmarks are checked: of all packages that pyproject.toml names.
TYPED := $(if $(filter true,$(CI)),,$(patsubst %,--package %,collector storage jobs publish tallybook migrations))
test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup --durations 10 tests

audit: $(STAMP)
	@$(BIN)/python .ci/audit.py

# The report is all that goes to stdout. With HISTORY also imports are measured, and what the guards hold of it.
REFRESH := --paced
bench: $(STAMP)
	@$(BIN)/python -m benchmarks.ledger $(BENCH)
	@echo
	@$(BIN)/python -m benchmarks.refresh $(REFRESH)
ifneq ($(HISTORY),)
	@echo
	@$(BIN)/python -m benchmarks.imports "$(HISTORY)"
	@echo
	@$(BIN)/python -m benchmarks.guards "$(HISTORY)"
endif

MINUTES := 60
chaos: $(STAMP)
	$(BIN)/python -m pytest --quiet --numprocesses auto -m hypothesis --hypothesis-profile large tests
	@$(BIN)/python -m tests.integration.chaos --minutes $(MINUTES) --seeds 10000

install: $(STAMP)

# Through the environment, because so the versions hold for the build backend too.
$(STAMP): export PIP_CONSTRAINT := constraints.txt
$(STAMP): export PIP_BUILD_CONSTRAINT := constraints.txt
$(STAMP): export UV_CONSTRAINT := constraints.txt
$(STAMP): export UV_BUILD_CONSTRAINT := constraints.txt
$(STAMP): export PIP_DISABLE_PIP_VERSION_CHECK := 1
$(STAMP): pyproject.toml constraints.txt
	@$(MAKE_ENVIRONMENT)
	@pwd -P > $@
	@echo "tallybook: $(VENV) is ready" >&2

clean:
	rm -rf $(VENV) benchmarks/.peers build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything below is one shell script. uv if it is there and works, else the first Python that will do.
define MAKE_ENVIRONMENT
set -eu; \
say() { echo "tallybook: $$*" >&2; }; \
rm -rf $(VENV); \
if command -v uv >/dev/null 2>&1; then \
	say "installing into $(VENV) with uv (the first time this may take a minute)"; \
	if uv venv --quiet --python '>=3.11' $(VENV) && uv pip install --quiet --python $(BIN)/python -e '.[$(EXTRAS)]'; then \
		exit 0; \
	fi; \
	say "uv could not do it (see above); trying pip"; \
	rm -rf $(VENV); \
fi; \
python=; bare=; \
for each in python3.13 python3.12 python3.11 python3 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	if "$$each" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$each; break; fi; \
	bare=$${bare:-$$each}; \
done; \
if [ -z "$$python" ] && [ -n "$$bare" ]; then \
	say "$$bare has no venv module with pip in it; on Debian and Ubuntu: apt-get install $$bare-venv, or install uv"; \
	exit 1; \
elif [ -z "$$python" ]; then \
	say "no Python 3.11 or newer was found (tried python3.13, python3.12, python3.11, python3, python); install one, or uv"; \
	exit 1; \
fi; \
say "installing into $(VENV) with pip, $$("$$python" --version) (the first time this may take some minutes)"; \
"$$python" -m venv $(VENV) || { say "$$python could not make an environment in $(VENV) (see above)"; exit 1; }; \
$(BIN)/python -m pip install --quiet --quiet -e '.[$(EXTRAS)]' || { say "pip could not install (see above); the next call tries again"; exit 1; }
endef
