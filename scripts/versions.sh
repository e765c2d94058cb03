#!/bin/sh
# Fails when a version that is written in two places differs: wasm-bindgen's glue must be made by exactly the version
# that the program was compiled with, and wasm-opt is fetched by Trunk on one kind of machine, by npm on the other.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

same() {
  [ "$2" = "$4" ] || {
    echo "versions differ: $1 says $2, $3 says $4" >&2
    exit 1
  }
}
same "Trunk.toml [tools] wasm_bindgen" "$(pinned wasm_bindgen)" "Cargo.lock wasm-bindgen" "$(locked wasm-bindgen)"
npm_binaryen=$(sed -n 's/.*"binaryen": "\([0-9]*\).*/version_\1/p' scripts/tools/package.json)
same "Trunk.toml [tools] wasm_opt" "$(pinned wasm_opt)" "scripts/tools/package.json binaryen" "$npm_binaryen"
