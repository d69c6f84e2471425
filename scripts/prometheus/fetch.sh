#!/usr/bin/env bash
# Unpack Debian's prometheus and promtool into .cache/prometheus/bin, once for each version that the
# package lists have. Not installed: the package would start a service on a person's machine. Not
# built from Go: cold, that is eight minutes of processor time, and this is seconds.
set -euo pipefail
cd "$(dirname "$0")/../.."

home=$PWD/.cache/prometheus
if ! command -v apt-get >/dev/null; then
  [ -x "$home/bin/promtool" ] && [ -x "$home/bin/prometheus" ] && exit 0
  echo "There is no apt-get: put prometheus and promtool (2.42 or newer) into $home/bin." >&2
  exit 1
fi

candidate() { LC_ALL=C apt-cache policy prometheus | sed -n 's/^  Candidate: \([^(].*\)/\1/p'; }
renew() { if [ "$(id -u)" -eq 0 ]; then apt-get update -qq; else sudo apt-get update -qq; fi; }
# apt checks the file against its signed lists.
download() { (cd "$home" && apt-get download -qq -o APT::Sandbox::User="$(id -un)" prometheus); }

[ -n "$(candidate)" ] || renew
stamp=$home/$({ candidate; cat scripts/prometheus/fetch.sh; } | sha256sum | cut -c1-16).fetched
[ -e "$stamp" ] && exit 0

echo "Fetching Prometheus $(candidate) ..."
rm -rf "$home"
mkdir -p "$home/bin" "$home/unpacked"
download || { renew && download; }  # an old list names a file that is gone
dpkg-deb --extract "$home"/prometheus_*.deb "$home/unpacked"
mv "$home"/unpacked/usr/bin/{prometheus,promtool} "$home/bin/"
rm -rf "$home/unpacked" "$home"/prometheus_*.deb
touch "$stamp"
