#!/usr/bin/env bash
# Build an OpenTelemetry Collector into .cache/otelcol/bin, once for each version of its sources. Go
# checks every module against go.sum.
set -euo pipefail
cd "$(dirname "$0")"

home=$PWD/../../.cache/otelcol
stamp=$home/$(cat main.go go.mod go.sum build.sh | sha256sum | cut -c1-16).built
[ -e "$stamp" ] && exit 0

go=$(../go.sh "$PWD/go.mod")

echo "Building an OpenTelemetry Collector (some minutes the first time) ..."
rm -rf "$home/bin" "$home"/*.built
mkdir -p "$home/bin"
GOTOOLCHAIN=local CGO_ENABLED=0 nice "$go" build -trimpath -ldflags '-s -w' -o "$home/bin/otelcol" .
touch "$stamp"
