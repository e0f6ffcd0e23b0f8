# The commands of this repository. `make help` lists them; the work is done in scripts/.
PYTHON ?= python3
VENV := .venv/bin/python
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-unit test-postgres e2e check lint format types \
	arch templates migrations deploy-check messages messages-check vendor vendor-check \
	lock screenshots bench clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9 -]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## .venv with what runs the portal
	@$(PYTHON) scripts/setup.py base
	@$(VENV) scripts/messages.py compile

setup-dev: ## .venv with what tests and checks it, too
	@$(PYTHON) scripts/setup.py dev
	@$(VENV) scripts/messages.py compile

run: setup ## the portal with demo data: PORT=8000, HOST=127.0.0.1
	@exec $(VENV) manage.py run --demo

test: setup-dev ## the tests on SQLite, a minute or two; check has the slow ones
	@$(VENV) scripts/check.py test

test-unit: setup-dev ## the pure rules only
	@$(VENV) scripts/check.py test-unit

test-postgres: setup-dev ## all tests but the browser's, on PostgreSQL
	@$(VENV) scripts/check.py test-postgres

e2e: setup-dev ## the browser tests
	@$(VENV) scripts/check.py e2e

check: setup-dev ## everything CI runs, cheap things first; WITHOUT=step leaves one out
	@$(VENV) scripts/check.py all $(if $(WITHOUT),--without $(WITHOUT))

lint types arch templates migrations deploy-check messages-check vendor-check: setup-dev ## one step of check
	@$(VENV) scripts/check.py $@

format: setup-dev ## format Python and templates
	@$(VENV) scripts/format.py

messages: setup-dev ## collect the texts of pages and code into locale/, then compile
	@$(VENV) scripts/messages.py extract compile

vendor: setup-dev ## fetch CSS, JavaScript and icons again (needs npm)
	@$(VENV) scripts/vendor_static.py

lock: setup-dev ## write requirements/*.txt anew from requirements/*.in
	@$(VENV) -m scripts.lock

screenshots: setup-dev ## pictures of every page into docs/screenshots/ (needs Chromium)
	@$(VENV) -m scripts.screenshots

bench: setup-dev ## the benchmarks, small
	@$(VENV) -m benchmarks all --size small

clean: ## remove .venv, caches and everything the portal stored in var/
	@$(PYTHON) scripts/clean.py
