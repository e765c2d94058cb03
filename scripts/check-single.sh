#!/bin/sh
# check-single.sh FILE: fails unless the single file holds exactly one script and one style sheet, its policy names the
# hashes of both and allows no request, there is one empty place for evidence, no address leads out of it, and its pieces
# are there and can be unpacked.
set -eu
file=$1

fail() {
  echo "$file: $1" >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Pieces are lines of megabytes, which some awks cut.
grep -v '^<script type="text/plain" id="piece:' "$file" >"$work/rest"

# once TEXT: it stands in the file exactly once, pieces aside.
once() { [ "$(grep -cF -- "$1" "$work/rest")" = 1 ] || fail "$1 is not there exactly once"; }

# source_of OPENING CLOSING: what a policy calls the content between two lines.
source_of() {
  once "$1"
  awk -v opening="$1" -v closing="$2" '
    $0 == closing { on = 0 }
    on { print }
    $0 == opening { on = 1; print "" }
  ' "$work/rest" >"$work/part"
  printf "'sha256-%s'" "$(openssl dgst -sha256 -binary "$work/part" | openssl base64 -A)"
}

script=$(source_of '<script type="module">' '</script>')
style=$(source_of '<style>' '</style>')
once "script-src $script blob: 'wasm-unsafe-eval';"
once "style-src $style;"
once "default-src 'none';"
once "connect-src 'none';"
once '<script type="application/json" id="spanloom-evidence"></script>'
[ "$(grep -c '<script' "$work/rest")" = 2 ] || fail "more scripts than its own and the place for evidence"
if grep -nE '<[a-z][^>]* (src|href)=' "$work/rest" | grep -v 'href="data:' >&2; then fail "an address that leads out of it"; fi

# unpacks NAME: whether the piece of that name is there and whole.
unpacks() {
  grep -F "<script type=\"text/plain\" id=\"piece:$1\">" "$file" | sed 's|^[^>]*>||; s|</script>$||' |
    openssl base64 -d -A | gzip -t
}
for name in app.js app.wasm worker.js samples/order-full.pb; do
  unpacks "$name" 2>/dev/null || fail "its part $name is missing or damaged"
done
