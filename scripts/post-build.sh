#!/bin/sh
# Trunk's post_build hook: finishes the staged page before it becomes dist/.
set -eu
root=$PWD
cd "$TRUNK_STAGING_DIR"

hash_of() { cat "$@" | cksum | awk '{ printf "%08x", $1 }'; }

# Trunk copies the worker's start without a hash. A cached old one could then meet a new page, so it gets one here, and
# index.html tells the app the name.
worker=worker-$(hash_of worker.js).js
mv worker.js "$worker"

# The style sheets, in the page's order, become one: they are small, and the first paint waits for every one of them.
sheets=$(sed -n 's|.*<link rel="stylesheet" href="\./\([^"]*\)".*|\1|p' index.html)
style=style-$(hash_of $sheets).css
cat $sheets >"$style"
rm $sheets

# What the page shows if its first script never runs names that script.
boot=$(sed -n 's|.*<script [^>]*src="\./\(boot-[^"]*\)".*|\1|p' index.html)

# Notes to whoever edits index.html stay here.
awk -v worker="$worker" -v style="$style" -v boot="$boot" '
  /<link rel="stylesheet"/ { if (!linked++) printf "<link rel=\"stylesheet\" href=\"./%s\">\n", style; next }
  /^$/ || /^<!-- .* -->$/ { next }
  /class="boot-late"/ { sub(/boot\.js/, boot) }
  { sub(/worker\.js/, worker); print }
' index.html >index.html.new
mv index.html.new index.html

sh "$root/scripts/single.sh" "$root"

# Set by `make serve` alone: what to lay beside the page as config.json.
if [ -n "${SPANLOOM_CONFIG:-}" ]; then
  cp "$root/$SPANLOOM_CONFIG" config.json
fi

sh "$root/scripts/no-inline.sh" .
sh "$root/scripts/check-single.sh" spanloom.html
