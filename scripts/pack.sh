#!/bin/sh
# pack.sh DIST FOLDER: packs a build into FOLDER/spanloom-VERSION.zip: what a host serves, an example of config.json, the
# licences and SHA256SUMS. The same build gives the same bytes: names are sorted, times and modes are fixed, and nothing
# of who packed it goes along.
set -eu
dist=$1
out=$2
here=$(cd "$(dirname "$0")/.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/Cargo.toml" | head -n 1)
name=spanloom-$version

# zip keeps local times, and sort minds the language.
export TZ=UTC LC_ALL=C

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/$name"
cp -R "$dist/." "$work/$name"
# What this machine's sources are is nobody's business.
rm -f "$work/$name/config.json"
cp "$here/examples/config.example.json" "$here/LICENSE-MIT" "$here/LICENSE-APACHE" "$work/$name"

cd "$work/$name"
find . -type f ! -name SHA256SUMS | sed 's|^\./||' | sort | while IFS= read -r file; do
  printf '%s  %s\n' "$(openssl dgst -sha256 -r "$file" | cut -d' ' -f1)" "$file"
done >SHA256SUMS

cd "$work"
find "$name" -type d -exec chmod 755 {} +
find "$name" -type f -exec chmod 644 {} +
# The oldest time that a zip can tell.
find "$name" -exec touch -t 198001010000.00 {} +
rm -f "$out/$name.zip"
find "$name" -type f | sort | zip -q -9 -X -@ "$out/$name.zip"

cd "$out"
printf '%s  %s\n' "$(openssl dgst -sha256 -r "$name.zip" | cut -d' ' -f1)" "$name.zip" >"$name.zip.sha256"
ls -l "$name.zip" | awk -v name="$out/$name.zip" '{ printf "%s, %.1f MB\n", name, $5 / 1e6 }'
