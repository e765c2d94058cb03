#!/usr/bin/env bash
# The release build: leaves in dist/ what any static host can serve, under any path.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
. scripts/env.sh
trunk build --release --locked
