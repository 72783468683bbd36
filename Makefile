# `make` compares the handshakes. Every target uses .venv, which is made from requirements.lock.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV ?= uv

bin := .venv/bin
installed := .venv/.installed
caches := .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

.PHONY: compare quick test long sample lint gallery bench lock clean

compare: $(installed)
	@$(bin)/synproof compare

# The inner loop: a fault in a rule, a formula or an engine is noticed by this in nine of ten cases.
quick: $(installed)
	@$(bin)/python -m pytest -n 2 -m quick

test: $(installed)
	@$(bin)/python -m pytest -n 2

# What the ordinary tests show in small numbers, in full ones. Takes hours.
long: $(installed)
	@$(bin)/python -m pytest -n 2 -m long

# Some of these, drawn by SEED (what one draw leaves out another has), and that the gallery is what is found today.
SEED ?= 2
sample: $(installed)
	@$(bin)/python -m pytest -n 2 -m "" tests/test_gallery.py
	@$(bin)/python -m pytest -n 2 -m long --sample 8 --seed $(SEED)

lint: $(installed)
	@$(bin)/ruff check
	@$(bin)/ruff format --check
	@$(bin)/mypy
	@$(bin)/lint-imports --no-logo

gallery: $(installed)
	@$(bin)/python -m reports.gallery

# Takes about an hour, most of it SPIN's. Needs spin and gcc.
bench: $(installed)
	@$(bin)/python tests/benchmarks/search.py
	@$(bin)/python tests/benchmarks/covering.py

# The pins are for every platform. Needs uv.
lock:
	@$(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --upgrade \
		--generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--group dev --output-file requirements.lock pyproject.toml

clean:
	@rm -rf .venv $(caches)
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew whenever the pins change, so that nothing stays in it that is no longer pinned.
$(installed): requirements.lock pyproject.toml
	@echo "making .venv from requirements.lock"
	@$(PYTHON) -m venv --clear .venv
	@$(bin)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(bin)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
