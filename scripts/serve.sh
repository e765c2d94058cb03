#!/usr/bin/env bash
# The release build at http://127.0.0.1:8080, with this machine's Tempo and Prometheus behind it (Trunk.toml), built
# anew whenever a source changes. In a folder of its own, because dist/ ships no config.json.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
. scripts/env.sh
export SPANLOOM_CONFIG=scripts/serve-config.json
mkdir -p target
exec trunk serve --release --locked --dist target/serve
