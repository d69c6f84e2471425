#!/usr/bin/env bash
# `make bench-gpu`: with the packages that go with what is there, and only then installed.
#
#   a GPU           .venv-gpu, from requirements/gpu.txt (Python 3.12)
#   --engine cpu    the .venv of `make setup`
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=${VENV:-.venv}
if [[ " $* " == *" --engine cpu "* ]]; then
  make --no-print-directory setup
  exec "$venv/bin/python" -m scripts.bench_gpu "$@"
fi
if ! nvidia-smi -L >/dev/null 2>&1; then
  echo "make bench-gpu: there is no NVIDIA GPU here (nvidia-smi shows none). On a machine with one, run it" >&2
  echo 'again; ARGS="--engine cpu --model tiny --short" shows how it works.' >&2
  exit 3
fi
python=${GPU_PYTHON:-python3.12}
if [[ ! -e .venv-gpu/.installed || requirements/gpu.txt -nt .venv-gpu/.installed ]]; then
  echo "Installing the locked requirements for GPUs (10 GB, some minutes the first time) ..."
  "$python" -m venv .venv-gpu
  .venv-gpu/bin/python -m pip install --quiet --require-hashes -r requirements/gpu.txt
  .venv-gpu/bin/python -m pip install --quiet --no-deps --editable .
  touch .venv-gpu/.installed
fi
# The model's weights come from the hub, unless they are there already.
exec env -u HF_HUB_OFFLINE .venv-gpu/bin/python -m scripts.bench_gpu "$@"
