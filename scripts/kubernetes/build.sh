#!/usr/bin/env bash
# Build a real Kubernetes API server and its store into .cache/kubernetes/bin, once for each version
# of go.mod. Go checks every module against go.sum. Cold, on two busy cores: up to half an hour.
set -euo pipefail
cd "$(dirname "$0")"

home=$PWD/../../.cache/kubernetes
stamp=$home/$(cat go.mod go.sum build.sh | sha256sum | cut -c1-16).built
[ -e "$stamp" ] && exit 0
go=$(../go.sh "$PWD/go.mod")

echo "Building a Kubernetes API server and etcd (some 15 minutes the first time) ..."
rm -rf "$home/bin" "$home"/*.built
mkdir -p "$home/bin"
version=$(sed -n 's/^\tk8s.io\/kubernetes \(v[^ ]*\).*/\1/p' go.mod)
IFS=. read -r major minor _ <<<"${version#v}"
say=k8s.io/component-base/version
# Without these the server says that it is v0.0.0, and a chart's kubeVersion refuses it.
named="-X $say.gitVersion=$version -X $say.gitMajor=$major -X $say.gitMinor=$minor"
export GOTOOLCHAIN=local CGO_ENABLED=0
nice "$go" build -trimpath -ldflags "-s -w" -o "$home/bin/etcd" go.etcd.io/etcd/server/v3
nice "$go" build -trimpath -ldflags "-s -w $named" -o "$home/bin/kube-apiserver" \
  k8s.io/kubernetes/cmd/kube-apiserver
touch "$stamp"
