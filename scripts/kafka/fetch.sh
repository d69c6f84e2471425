#!/usr/bin/env bash
# Fetch Apache Kafka's jars (54 MB) into .cache/kafka/libs, once for each version of pom.xml.
set -euo pipefail
cd "$(dirname "$0")/../.."

libs=.cache/kafka/libs
stamp=.cache/kafka/$(sha256sum scripts/kafka/pom.xml | cut -c1-16).fetched
[ -e "$stamp" ] && exit 0

echo "Fetching Apache Kafka by Maven ..."
rm -rf .cache/kafka
mkdir -p "$libs"
# The parts of dependency:copy-dependencies are themselves fetched: a first try may meet a hiccup.
for try in 1 2 3; do
  mvn -q -B -f scripts/kafka/pom.xml dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$PWD/$libs" && break
  [ "$try" = 3 ] && exit 1
  sleep 5
done
touch "$stamp"
