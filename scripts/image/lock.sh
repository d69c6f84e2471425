#!/usr/bin/env bash
# Resolve what goes into the images, with hashes, into requirements/image-*.txt. `make lock` runs it.
#
#   image-worker.txt  all that the worker needs but torch's own packages, in the versions that go with
#                     the vLLM of the GPU image's base: for the images gpu and slim
#   image-torch.txt   torch's own packages: for slim, for a base with vLLM brings them
#   image-cpu.txt     everything for the demo on a CPU, vLLM's CPU build included
#   image-bench.txt   what `ivy-worker bench` needs beyond the GPU image
#   image-build.txt   what builds the wheel and lists what is in an image
set -euo pipefail
cd "$(dirname "$0")/../.."

# torch, and what is there for its sake alone.
torch='^(torch|torchvision|triton|nvidia-.*|cuda-.*|sympy|mpmath|networkx)$'
vllm=$(sed -n 's/^ARG VLLM_VERSION=//p' Dockerfile)
uv=${UV:-.venv/bin/uv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() { # OUTPUT ARGUMENT ...
  local output=$1
  shift
  "$uv" pip compile --quiet --upgrade --no-emit-index-url --generate-hashes \
    --python-version 3.12 --python-platform x86_64-manylinux_2_28 \
    --custom-compile-command "make lock" "$@" -o "$output"
}
names() { sed -nE 's/^([a-z0-9._-]+)==.*/\1/p' "$1" | sort -u; }
left_out() { sed 's/^/--no-emit-package=/'; }

echo "vllm==$vllm" >"$work/base.in"
# `grpc` and `confluent`: telemetry.otlp_protocol and stream.client are to work in every image, and
# the chart offers them.
with_vllm=(--extra gpu --extra grpc --extra confluent pyproject.toml "$work/base.in")
compile "$work/all.txt" "${with_vllm[@]}"
compile "$work/ours.txt" --constraint "$work/all.txt" --extra grpc --extra confluent pyproject.toml
names "$work/all.txt" >"$work/all"
names "$work/ours.txt" | grep -E "$torch" >"$work/torch"
names "$work/ours.txt" | grep -vE "$torch" >"$work/worker"

mapfile -t others < <(grep -vxFf "$work/worker" "$work/all" | left_out)
compile requirements/image-worker.txt "${with_vllm[@]}" "${others[@]}"
mapfile -t others < <(grep -vxFf "$work/torch" "$work/all" | left_out)
compile requirements/image-torch.txt "${with_vllm[@]}" "${others[@]}"
compile requirements/image-cpu.txt --override requirements/cpu-overrides.txt --extra cpu --extra grpc --extra confluent pyproject.toml
mapfile -t others < <(left_out <"$work/all")
compile requirements/image-bench.txt --extra demo "${with_vllm[@]}" "${others[@]}"
compile requirements/image-build.txt requirements/image-build.in
