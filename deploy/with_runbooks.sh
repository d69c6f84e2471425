#!/bin/sh
# Copies the files of one folder into another with the address of the runbooks in their links, then
# starts the program: with_runbooks.sh FROM INTO PROGRAM ARGUMENTS... The chart does the same by
# itself; Prometheus and Grafana read their files as they are.
set -eu
from=$1 into=$2
shift 2
# What sed would take for something else in its replacement.
base=$(printf '%s' "${RUNBOOKS%/}" | sed 's/[\\&|]/\\&/g')
mkdir -p "$into"
for file in "$from"/*; do
  sed "s|__RUNBOOKS__|$base|g" "$file" >"$into/${file##*/}"
done
exec "$@"
