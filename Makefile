# Everything Kairn does from a fresh clone. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-emit-find-links --no-annotate
export VENV

.PHONY: help setup develop run test check fix docs bench prove soak lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## install Kairn into .venv (leaves .venv/bin/kairn)
	@echo "Kairn is installed: $(BIN)/kairn --help"

develop: $(VENV)/.develop

$(VENV)/.run: requirements/run.txt requirements/uv.txt pyproject.toml
	@sh scripts/setup.sh run

$(VENV)/.develop: requirements/develop.txt $(VENV)/.run
	@sh scripts/setup.sh develop

run: $(VENV)/.run ## start the demo clinic on http://localhost:8000 (PORT=8001 for another port)
	@exec $(BIN)/kairn run $(if $(PORT),--port $(PORT))

test: develop ## install what the tests need, a browser included, and run them (ARGS="-k chair" for some)
	@sh scripts/browser.sh
	@KAIRN_CHROMIUM="$$(cat $(VENV)/.browser 2>/dev/null)" $(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

check: develop ## rules a tool checks: imports between rooms, types, style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

fix: develop ## mend style, and write the schemas for editors again
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@for name in protocol rules scenario instrument; do $(BIN)/kairn protocol schema $$name > docs/schemas/$$name.json; done

docs: develop ## build the handbook into docs/_build
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build
	@echo "Open docs/_build/index.html"

$(VENV)/.bench: requirements/bench.txt $(VENV)/.develop
	-@sh scripts/setup.sh bench

bench: develop $(VENV)/.bench ## measure everything and write docs/reference/performance.md (ARGS="append assess" for some)
	@$(BIN)/python scripts/bench.py $(ARGS)

prove: develop ## plant every known fault and show which test catches it
	@KAIRN_CHROMIUM="$$(cat $(VENV)/.browser 2>/dev/null)" $(BIN)/python scripts/prove.py $(ARGS)

soak: develop ## kill, repeat, chart at once and fill the house for long, and count what was lost (ARGS="--minutes 30")
	@$(BIN)/python scripts/soak.py $(ARGS)

lock: develop ## resolve pyproject.toml again into requirements/*.txt
	@$(BIN)/$(LOCK) $(ARGS) --extra clinic --group build pyproject.toml -o requirements/run.txt
	@$(BIN)/$(LOCK) $(ARGS) --extra clinic --group build --group test --group check --group docs -c requirements/run.txt pyproject.toml -o requirements/develop.txt
	@$(BIN)/$(LOCK) $(ARGS) --group bench -c requirements/develop.txt pyproject.toml -o requirements/bench.txt
	@$(BIN)/$(LOCK) $(ARGS) --group lock -o requirements/uv.txt

clean: ## remove .venv and what tools leave behind; never the data folder
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist docs/_build test-results
