#!/usr/bin/env bash
# Resolve each reader of videos, with hashes, into requirements/NAME.txt beside this. `make lock` runs
# it. The package alone: torch and NumPy are those of our environment.
set -euo pipefail
cd "$(dirname "$0")/../../.."
uv=${UV:-.venv/bin/uv}
for input in scripts/bench/readers/requirements/*.in; do
  "$uv" pip compile --quiet --upgrade --no-emit-index-url --generate-hashes --universal --no-deps \
    --python-version 3.11 --custom-compile-command "make lock" "$input" -o "${input%.in}.txt"
done
