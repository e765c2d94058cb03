#!/bin/sh
# check-release.sh DIST FOLDER: fails unless the zip that pack.sh left in FOLDER unpacks to what its checksums say, holds
# what a release promises and no path of this machine, and is the same, byte by byte, when DIST is packed once more.
set -eu
dist=$1
zip=$(ls "$2"/spanloom-*.zip)
here=$(cd "$(dirname "$0")/.." && pwd)

fail() {
  echo "$zip: $1" >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Other times, other modes, another zone and another language: none of it may show.
cp -R "$dist" "$work/dist"
find "$work/dist" -type f -exec chmod 600 {} + -exec touch {} +
(umask 077 && TZ=Asia/Tokyo LANG=de_DE.UTF-8 "$here/scripts/pack.sh" "$work/dist" "$work/again" >/dev/null)
cmp "$zip" "$work/again/$(basename "$zip")" || fail "differs when it is packed again"

unzip -tq "$zip" >/dev/null || fail "is damaged"
unzip -q "$zip" -d "$work"
cd "$work"/spanloom-*
if command -v sha256sum >/dev/null; then check=sha256sum; else check="shasum -a 256"; fi
$check -c SHA256SUMS >"$work/checked" || fail "a checksum is wrong: $(cat "$work/checked")"
for file in index.html spanloom.html config.example.json LICENSE-MIT LICENSE-APACHE samples/order-full.pb; do
  grep -q "  $file\$" SHA256SUMS || fail "$file is missing"
done
[ "$(wc -l <SHA256SUMS)" -eq "$(find . -type f ! -name SHA256SUMS | wc -l)" ] || fail "SHA256SUMS does not name every file"
[ ! -e config.json ] || fail "config.json is in it"
for secret in "$here" "$HOME" "${CARGO_HOME:-$HOME/.cargo}"; do
  # A home of "/" would be in everything.
  [ "${#secret}" -gt 1 ] || continue
  if grep -rlF "$secret/" . >"$work/found"; then fail "$secret is named in $(tr '\n' ' ' <"$work/found")"; fi
done
echo "$(basename "$zip"): $(wc -l <SHA256SUMS | tr -d ' ') files, checksums right, the same when packed again"
