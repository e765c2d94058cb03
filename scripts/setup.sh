#!/usr/bin/env bash
# setup.sh [build|release|test]: brings a machine to where the page can be built (packed; tested in browsers).
#
# Every step looks first and does only what is missing; when nothing is, all of it takes about a second.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/setup/steps.sh

purpose=${1:-test}

if [ "$SPANLOOM_KIND" = a ] && ! rustup_compiler; then
  command -v apt-get >/dev/null || fail "no compiler for wasm32: install Rust from https://rustup.rs"
  note "rustup cannot provide the wasm32 target here; going on with Debian's compiler"
  SPANLOOM_KIND=b exec scripts/setup.sh "$purpose"
fi

if [ "$SPANLOOM_KIND" = b ]; then
  debian_compiler
  debian_wasm_std
fi

scripts/versions.sh
packing_tools
cargo_tool trunk trunk "$(pinned trunk-version)"
if [ "$SPANLOOM_KIND" = b ]; then
  cargo_tool wasm-bindgen wasm-bindgen-cli "$(pinned wasm_bindgen)"
  node_runtime
  npm_folder scripts/tools
fi
drop_tools_target
cargo fetch --locked --quiet

if [ "$purpose" != build ]; then zip_tools; fi
if [ "$purpose" = test ]; then
  # Counts instructions; elsewhere scripts/linear.sh uses what is there.
  if command -v apt-get >/dev/null; then apt_install valgrind; fi
  node_runtime
  npm_folder tests/browser
  browser
  second_browser
  third_browser
fi
