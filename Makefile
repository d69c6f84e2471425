# Everything a person types. `make` alone lists the commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
# The CPU engine is the same on every machine that has no GPU; these make it start fast and quietly.
export HF_HUB_OFFLINE = 1
export VLLM_NO_USAGE_STATS = 1
export VENV

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
	  --extra calibrate --extra confluent --extra cpu --extra data --extra demo --extra dev --extra evaluate --extra train pyproject.toml requirements/build.in -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra calibrate --extra confluent --extra gpu pyproject.toml -o requirements/gpu.txt
	UV=$(BIN)/uv scripts/image/lock.sh
	UV=$(BIN)/uv scripts/bench/lock.sh

# ---------------------------------------------------------------- real parts for the tests
KAFKA_LIBS := .cache/kafka/libs

.PHONY: parts
parts: setup ## Install what the tests need beside Python: a JDK, Kafka, Redis, Chromium, a collector, ...
	@scripts/system_parts.sh java:default-jre-headless mvn:maven redis-server:redis-server chromium:chromium cc:gcc
	@scripts/kafka/fetch.sh
	@scripts/prometheus/fetch.sh
	@scripts/kubernetes/definitions.sh
	@scripts/compose/build.sh
	@scripts/otelcol/build.sh

# Each starts engines of its own, or trains. Beside the engines that two processes of tests share
# among their own, 24 GiB were too little.
ALONE := tests/e2e tests/deploy tests/demo tests/cli tests/sizing tests/evaluation tests/training
SHORT := not faults and not cluster and not rebuild

# ---------------------------------------------------------------- what people run
LINT_CHART := $(BIN)/helm lint --quiet --strict charts/ivy-worker

.PHONY: demo
demo: setup ## Show the whole worker on sample media (no Docker, JVM, GPU or account needed).
	@$(BIN)/ivy-worker demo $(ARGS)

.PHONY: eval-demo
eval-demo: setup ## Measure the tiny model and a baseline on a set drawn here: reports, controls, comparisons.
	$(BIN)/python -m scripts.eval_demo $(ARGS)

.PHONY: test
test: setup parts ## Run all tests, on real parts; all of `make chart` is among them.
ifdef ARGS
	$(BIN)/pytest $(ARGS)
else
	$(LINT_CHART)
	@# All three, whatever the first ones say: one run tells all that is broken. The faults have
	@# the machine to themselves: three brokers beside all that the others left up.
	trap 'exit 130' INT; failed=0; \
	$(BIN)/pytest -n 2 --dist loadfile -m "$(SHORT)" $(addprefix --ignore=,$(ALONE)) || failed=1; \
	$(BIN)/pytest -m "$(SHORT)" $(ALONE) || failed=1; \
	$(BIN)/pytest -m faults || failed=1; \
	exit $$failed
endif

.PHONY: faults
faults: setup parts ## Break brokers, Redis, engine, network, disk and clock; count what is lost.
	$(BIN)/python -m scripts.faults $(ARGS)

.PHONY: hostile
hostile: setup ## Give hostile files to the real decoder; show what became of each, how long, how large.
	$(BIN)/python -m scripts.hostile $(ARGS)

.PHONY: fuzz
fuzz: setup ## Fuzz all that reads strangers' bytes (ARGS="media --seconds 600").
	$(BIN)/python -m scripts.fuzz $(or $(ARGS),all --seconds 60)

.PHONY: chart
chart: setup parts ## Lint, render and test the Helm chart, its policies and alerts, the image and the compose file.
	$(LINT_CHART)
	$(BIN)/pytest -m "not cluster" tests/chart tests/alerts tests/deploy

.PHONY: cluster
cluster: setup parts ## Install the chart on a real Kubernetes API server (built first: some 10 minutes).
	@scripts/kubernetes/build.sh
	$(BIN)/pytest -m cluster tests/chart

.PHONY: trace
trace: setup parts ## Show the trace of one upload, from its uploader to the verdict.
	@$(BIN)/python -m scripts.trace $(ARGS)

.PHONY: dashboards
dashboards: setup parts ## Draw the dashboards from a run of the real worker, to look at them.
	$(BIN)/python -m scripts.dashboards.render $(ARGS)

.PHONY: check
check: setup ## Lint, format and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python scripts/write_docs.py --check
	$(BIN)/python -m scripts.chart_readme --check
	$(BIN)/python -m scripts.chart_schema --check
	$(BIN)/mypy

.PHONY: format
format: setup ## Mend what a tool can mend.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup ## Write the generated parts of the README and of docs/ anew.
	$(BIN)/python scripts/write_docs.py
	$(BIN)/python -m scripts.chart_readme
	$(BIN)/python -m scripts.chart_schema

.PHONY: tiny-checkpoint
tiny-checkpoint: setup ## Build and train the tiny checkpoint anew (about 2 minutes).
	$(BIN)/python -m scripts.tiny_checkpoint

.PHONY: rebuild
rebuild: setup ## Check that the tiny checkpoint is the one that its script makes.
	$(BIN)/pytest -m rebuild

.PHONY: train-demo
train-demo: setup ## Train the tiny model through all stages on drawn artifacts, and show what each gained.
	OMP_NUM_THREADS=1 $(BIN)/python -m scripts.train_demo $(ARGS)

.PHONY: tiny-artifacts
tiny-artifacts: setup ## Train the demo's model anew, by all stages, and calibrate it.
	OMP_NUM_THREADS=1 $(BIN)/python -m scripts.train_demo --ship $(ARGS)

.PHONY: bench
bench: setup parts ## Measure our speed as ratios to references beside us (ARGS="--short", or rows).
	@scripts/system_parts.sh ffmpeg:ffmpeg
	$(BIN)/python -m scripts.bench $(ARGS)

.PHONY: bench-gpu
bench-gpu: ## Sweep the model on this GPU: batch, pixels, precision, answer, frames (ARGS="--axis precision").
	@scripts/bench_gpu/start.sh $(ARGS)

.PHONY: parity
parity: setup ## Compare vLLM with the model on transformers, sample by sample.
	$(BIN)/python scripts/parity.py $(ARGS)

.PHONY: clean
clean: ## Remove what is made: environment, caches, downloads.
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
