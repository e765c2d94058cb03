#!/bin/sh
# Fails when a crate that deny.toml forbids is in the program. (`cargo deny check bans` says the same; this needs no
# tool, so every test run can hold it.)
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

banned=$(sed -n 's/^ *{ *crate = "\([^"]*\)".*/\1/p' deny.toml | paste -sd '|' -)
found=$(cargo tree --locked --target wasm32-unknown-unknown --edges normal,no-proc-macro --prefix none |
  grep -E "^($banned) v" | sort -u || true)
if [ -n "$found" ]; then
  echo "deny.toml forbids, and the program has: $found" >&2
  exit 1
fi
