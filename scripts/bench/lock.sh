#!/usr/bin/env bash
# Resolve what those need that are measured beside us, with hashes, into requirements/NAME.txt beside
# each requirements/NAME.in. `make lock` runs it. One environment for each peer: they want different
# versions of the same client. Of a reader of videos the package alone: torch and NumPy are ours.
set -euo pipefail
cd "$(dirname "$0")/../.."
uv=${UV:-.venv/bin/uv}

resolve() { # FOLDER OPTION ...
  for input in "$1"/requirements/*.in; do
    "$uv" pip compile --quiet --upgrade --no-emit-index-url --generate-hashes --universal "${@:2}" \
      --python-version 3.11 --custom-compile-command "make lock" "$input" -o "${input%.in}.txt"
  done
}

resolve scripts/bench/peers
resolve scripts/bench/readers --no-deps
