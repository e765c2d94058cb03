#!/usr/bin/env bash
# The page in one file: the release build lays it into dist/ beside the rest. Says where it is and how large.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh
ls -l dist/spanloom.html | awk -v file="$PWD/dist/spanloom.html" '{ printf "%s, %.1f MB: open it by double click\n", file, $5 / 1e6 }'
