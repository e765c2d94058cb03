#!/usr/bin/env bash
# The benchmark: the release build, generated traces, headless Chromium. Arguments go to benches/browser/run.mjs, as
#   scripts/bench.sh --sizes 1k,100k --formats pb --runs 3
# Traces and results stay in target/bench/; everything of 1,000,000 spans takes some minutes and 2 GB there.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
. scripts/env.sh
trunk build --release --locked
cargo build --locked --profile bench --example generate
GENERATOR=${CARGO_TARGET_DIR:-target}/release/examples/generate exec node benches/browser/run.mjs "$@"
