#!/bin/sh
# Trunk's post_build hook: finishes the staged page before it becomes dist/.
#
# 1. Trunk names the worker's files without a hash. A cached old worker would then meet a new page, so they get one
#    here; index.html tells the app the name. The loader's one line goes to the end of worker.js: one request fewer.
# 2. SPANLOOM_CONFIG, set by `make serve` alone, names a config.json to lay beside the page.
set -eu
root=$PWD
cd "$TRUNK_STAGING_DIR"

hash=$(cat worker.js worker_bg.wasm | cksum | awk '{ printf "%08x", $1 }')
worker=worker-$hash
mv worker_bg.wasm "${worker}_bg.wasm"
{
  cat worker.js
  printf '\nwasm_bindgen({ module_or_path: "./%s_bg.wasm" });\n' "$worker"
} >"$worker.js"
rm worker.js worker_loader.js

sed "s/worker_loader\.js/$worker.js/" index.html >index.html.new
mv index.html.new index.html

if [ -n "${SPANLOOM_CONFIG:-}" ]; then
  cp "$root/$SPANLOOM_CONFIG" config.json
fi

sh "$root/scripts/no-inline.sh" .
