#!/usr/bin/env bash
# The inner loop: does everything still compile, natively and for wasm32? No setup, no tests.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
cargo check --quiet --all-targets
cargo check --quiet --target wasm32-unknown-unknown --lib --bins
