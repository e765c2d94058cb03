#!/usr/bin/env bash
# The release: builds, and packs what the build left into release/spanloom-VERSION.zip, with its checksum beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh release
scripts/build.sh
scripts/pack.sh dist release
scripts/check-release.sh dist release
