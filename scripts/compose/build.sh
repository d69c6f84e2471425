#!/usr/bin/env bash
# Build the reader of the Compose specification's authors into .cache/compose/bin, once for each
# version of go.mod. It is what `docker compose` itself reads its files with.
set -euo pipefail
cd "$(dirname "$0")"

home=$PWD/../../.cache/compose
stamp=$home/$(cat go.mod go.sum build.sh | sha256sum | cut -c1-16).built
[ -e "$stamp" ] && exit 0
go=$(../go.sh "$PWD/go.mod")

echo "Building the reader of compose files ..."
rm -rf "$home"
mkdir -p "$home/bin"
GOTOOLCHAIN=local CGO_ENABLED=0 nice "$go" build -trimpath -ldflags "-s -w" -o "$home/bin/compose-spec" \
  github.com/compose-spec/compose-go/v2/cmd
touch "$stamp"
