#!/usr/bin/env bash
# Resolve what each peer needs, with hashes, into requirements/NAME.txt beside this. `make lock` runs
# it. One environment each: they want different versions of the same client.
set -euo pipefail
cd "$(dirname "$0")/../../.."
uv=${UV:-.venv/bin/uv}
for input in scripts/bench/peers/requirements/*.in; do
  "$uv" pip compile --quiet --upgrade --no-emit-index-url --generate-hashes --universal \
    --python-version 3.11 --custom-compile-command "make lock" "$input" -o "${input%.in}.txt"
done
