# `make` compares the handshakes. Every target uses .venv. requirements.txt has what running needs, and requirements.lock what
# working on it needs besides.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
UV ?= uv

bin := .venv/bin
installed := .venv/.installed
equipped := .venv/.equipped
caches := .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

.PHONY: compare quick test long sample lint gallery mutants pages bench tools lock clean

compare: $(installed)
	@$(bin)/synproof compare
	@echo
	@echo "The command is $(bin)/synproof. Go on with:  $(bin)/synproof tutorial"
	@echo "To write synproof alone in this terminal, first:  source $(bin)/activate"

# The inner loop: a fault in a rule, a formula or an engine is noticed by this in nine of ten cases.
quick: $(equipped)
	@$(bin)/python -m pytest -n 2 -m quick

test: $(equipped)
	@$(bin)/python -m pytest -n 2

# What the ordinary tests show in small numbers, in full ones. Takes hours.
long: $(equipped)
	@$(bin)/python -m pytest -n 2 -m long

# Some of these, drawn by SEED (what one draw leaves out another has), and that the gallery is what is found today.
SEED ?= 2
sample: $(equipped)
	@$(bin)/python -m pytest -n 2 -m "" tests/test_gallery.py
	@$(bin)/python -m pytest -n 2 -m long --sample 8 --seed $(SEED)

lint: $(equipped)
	@$(bin)/ruff check
	@$(bin)/ruff format --check
	@$(bin)/mypy
	@$(bin)/lint-imports --no-logo

gallery: $(equipped)
	@$(bin)/python -m reports.gallery

# Which rules of three-way could be otherwise without any claim noticing. Ten minutes of both processors.
mutants: $(installed)
	@$(bin)/synproof mutants three-way --csv > properties/mutants/three-way.new
	@mv properties/mutants/three-way.new properties/mutants/three-way.csv

# What the pages show, run again, and the pages that are made of what is there. Some minutes; PAGES names those to look at.
pages: $(equipped)
	@$(bin)/python -m checker.cli.manual $(PAGES)

# Takes about three quarters of an hour, most of it SPIN's. Needs spin and gcc.
bench: $(equipped)
	@$(bin)/python tests/benchmarks/startup.py
	@$(bin)/python tests/benchmarks/search.py
	@$(bin)/python tests/benchmarks/covering.py
	@$(bin)/python tests/benchmarks/saving.py
	@$(bin)/python tests/benchmarks/cluster.py
	@$(bin)/python tests/benchmarks/captures.py

# The programs that some tests run and that Python does not bring, as Debian has them. Without one its tests are left out.
# Debian has no axe, which looks at pages for mistakes of accessibility: npm, which is there for this alone, gets the one that
# tests/axe/package-lock.json pins. Nothing else of synproof needs Node.
axe := tests/axe/node_modules/.package-lock.json
tools:
	@packages=$$($(PYTHON) tests/tools.py) || exit 1; \
	[ -n "$$packages" ] || exit 0; \
	command -v apt-get >/dev/null || { echo "there is no apt-get here: install what Debian calls $$packages" >&2; exit 1; }; \
	as_root=$$([ "$$(id -u)" -eq 0 ] || echo sudo); \
	$$as_root apt-get update -qq && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$packages
	@[ $(axe) -nt tests/axe/package-lock.json ] || { \
	command -v npm >/dev/null || { echo "there is no npm here, which gets axe: install what Debian calls npm" >&2; exit 1; }; \
	npm ci --loglevel=error --no-audit --no-fund --prefix tests/axe; }

# The pins are for every platform, and what both files pin they pin alike. UPGRADE= keeps those that will do. Needs uv.
UPGRADE ?= --upgrade
pin = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock:
	@$(pin) $(UPGRADE) --group dev --output-file requirements.lock pyproject.toml
	@$(pin) --constraint requirements.lock --group build --output-file requirements.txt pyproject.toml

clean:
	@rm -rf .venv $(caches)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew whenever the pins change, so that nothing stays in it that is no longer pinned. At a terminal pip
# shows what it fetches.
pip := $(bin)/python -m pip install --disable-pip-version-check $(shell [ -t 2 ] || echo -qq)
wanted := synproof needs Python 3.11 or later with its venv module
cure := install it (on Debian: apt install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3.11
$(installed): requirements.txt requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "$(wanted), and there is no python3 here: $(cure)" >&2; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
		{ echo "$(wanted), and $(PYTHON) is $$("$(PYTHON)" --version 2>&1): $(cure)" >&2; exit 1; }
	@"$(PYTHON)" -c "import venv, ensurepip" 2>/dev/null || \
		{ echo "$(wanted), which $(PYTHON) lacks: $(cure)" >&2; exit 1; }
	@echo "making .venv, and installing what requirements.txt pins (some 110 MB)"
	@"$(PYTHON)" -m venv --clear .venv
	@$(pip) --require-hashes -r requirements.txt
	@$(pip) --no-build-isolation --no-deps -e .
	@touch $@

$(equipped): $(installed)
	@echo "installing what requirements.lock pins besides, for tests and checks"
	@$(pip) --require-hashes -r requirements.lock
	@touch $@
