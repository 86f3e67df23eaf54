# Two commands are for everybody: make run, make test. The others are for developers.
SHELL = /bin/sh
PORT ?= 8000
LANGUAGES = ru zh
BIN = .venv/bin

.PHONY: run test setup dev format lint types catalogues lock
.NOTPARALLEL:

# Serve the demo park on http://127.0.0.1:8000 (PORT=… for another port).
run: setup
	@$(BIN)/parkmgr init
	@$(BIN)/parkmgr demo
	@exec $(BIN)/parkmgr serve --port $(PORT)

# Everything CI checks. pytest comes last, so that its verdict is the last line.
test: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict parkmgr
	@if [ -e .venv/stamps/no-browser ]; then \
	    echo '*** BROWSER TESTS SKIPPED: they need packages that only an administrator can install. To have them run:'; \
	    echo "***     sudo apt-get install --no-install-recommends -y $$(cat .venv/stamps/no-browser)"; \
	    exec $(BIN)/python -m pytest -n auto --dist loadgroup -m 'not browser' $(ARGS); \
	else \
	    exec $(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS); \
	fi

# System libraries, .venv, front-end files, catalogues: only what is missing.
setup:
	@.ci/setup

dev:
	@.ci/setup dev

format: dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lint: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: dev
	$(BIN)/mypy --strict parkmgr

# Collect the texts of the code and the templates into the catalogues, ready to be translated.
catalogues: dev
	$(BIN)/pybabel -q extract -F pyproject.toml -k lazy_gettext -k _l --no-location --sort-output --project parkmgr -o .venv/messages.pot .
	@for language in $(LANGUAGES); do \
	    if [ -e parkmgr/translations/$$language/LC_MESSAGES/messages.po ]; then command="update --no-fuzzy-matching --ignore-obsolete"; else command=init; fi; \
	    $(BIN)/pybabel -q $$command -i .venv/messages.pot -d parkmgr/translations -l $$language || exit; \
	done
	@.ci/setup

# Resolve the lock files anew; make lock UPGRADE=1 for the newest versions.
lock:
	@UPGRADE='$(UPGRADE)' .ci/setup lock
