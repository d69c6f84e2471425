# Everything a person types. `make` alone lists the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
# The CPU engine is the same on every machine that has no GPU; these make it start fast and quietly.
export HF_HUB_OFFLINE = 1
export VLLM_NO_USAGE_STATS = 1

.PHONY: help
help: ## List the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# ---------------------------------------------------------------- set-up
$(BIN)/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

$(VENV)/.installed: $(BIN)/uv requirements/dev.txt pyproject.toml
	@echo "Installing the locked requirements (6 GB, a few minutes the first time) ..."
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(VENV)/.installed ## Make .venv and install what is locked.

.PHONY: lock
lock: $(BIN)/uv ## Resolve the requirements anew, with hashes.
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --override requirements/cpu-overrides.txt \
	  --extra calibrate --extra cpu --extra demo --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra calibrate --extra gpu pyproject.toml -o requirements/gpu.txt

# ---------------------------------------------------------------- real parts for the tests
KAFKA_LIBS := .cache/kafka/libs

.PHONY: parts
parts: ## Install what the tests need beside Python: a JDK, Maven, Apache Kafka, Redis, Chromium.
	@scripts/system_parts.sh java:default-jre-headless mvn:maven redis-server:redis-server chromium:chromium
	@scripts/kafka/fetch.sh

# ---------------------------------------------------------------- what people run
.PHONY: demo
demo: setup ## Show the whole worker on sample media (no Docker, JVM, GPU or account needed).
	@$(BIN)/ivy-worker demo $(ARGS)

.PHONY: test
test: setup parts ## Run all tests, on real parts.
	$(BIN)/pytest $(ARGS)

.PHONY: check
check: setup ## Lint, format and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/write_docs.py --check
	$(BIN)/mypy

.PHONY: format
format: setup ## Mend what a tool can mend.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup ## Write the generated parts of the README and of docs/ anew.
	$(BIN)/python scripts/write_docs.py

.PHONY: tiny-checkpoint
tiny-checkpoint: setup ## Build and train the tiny checkpoint anew (about 2 minutes).
	$(BIN)/python -m scripts.tiny_checkpoint

.PHONY: parity
parity: setup ## Compare vLLM with the model on transformers, sample by sample.
	$(BIN)/python scripts/parity.py $(ARGS)

.PHONY: clean
clean: ## Remove what is made: environment, caches, downloads.
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
