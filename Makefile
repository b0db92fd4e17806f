# Everything happens in .venv, with the versions that constraints.txt names.
# Another Python: make test PYTHON=python3.13

VENV := .venv
BIN := $(VENV)/bin

# The first Python that is new enough and can make a virtual environment.
ifndef PYTHON
usable := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(usable)' 2>/dev/null && { echo $$p; break; }; done)
endif
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
ifeq ($(VERSION),)
$(error no usable Python: sendgate needs 3.11 or later with venv and pip (Debian: python3-venv), as in PYTHON=python3.11)
endif

# Stamps: what is installed, and for which Python. A change of either starts again from an empty environment.
PINNED := $(VENV)/.pinned-$(VERSION)
INSTALLED := $(VENV)/.installed-$(VERSION)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install demo test torture style types floors check format bench wheel lambda lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make .venv with the pinned versions and this checkout

demo: $(INSTALLED) ## dry-run the sample family, with a report, explain three drops, and send into the outbox
	@rm -rf demo-out
	@PATH="$(CURDIR)/$(BIN):$$PATH" examples/demo.sh demo-out

test: $(INSTALLED) ## run the whole suite; ARGS="-k gates" for a part
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

torture: $(INSTALLED) ## kill, duplicate and crowd the sending protocol for an hour or more; see docs/reliability.md
	$(BIN)/python -m tests.torture --long
	$(BIN)/python -m pytest -n 0 -m torture -o faulthandler_timeout=0

style: $(INSTALLED) ## check format and lint
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: $(INSTALLED) ## check types, strictly
	$(BIN)/mypy

floors: $(INSTALLED) ## check that imports go down only
	$(BIN)/lint-imports --no-cache --no-logo

check: style types floors test ## all of the above: what a change must pass

format: $(INSTALLED) ## format, and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(INSTALLED) ## measure what is claimed about speed
	$(BIN)/python -m benchmarks

wheel: $(INSTALLED) ## build dist/sendgate-*.whl
	rm -rf dist
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

lambda: wheel ## build dist/lambda.zip for AWS Lambda on arm64; FAMILY=DIR puts a family's folder into it
	$(BIN)/python deploy/build.py dist/sendgate-*.whl $(if $(FAMILY),--family $(FAMILY))

lock: ## choose the newest versions that pyproject.toml allows, and pin them in constraints.txt
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	build/lock/bin/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--upgrade --quiet --custom-compile-command "make lock" --output-file constraints.txt

clean: ## remove everything that these targets made
	rm -rf $(VENV) build dist demo-out .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(PINNED): constraints.txt
	@echo "installing the versions of constraints.txt into $(VENV) (Python $(VERSION)), once"
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --requirement constraints.txt
	@touch $@

$(INSTALLED): pyproject.toml $(PINNED)
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
