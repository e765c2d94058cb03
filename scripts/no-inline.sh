#!/bin/sh
# no-inline.sh FOLDER: fails when a page in it holds inline code, which the policy it is served under would block:
# a script or style element with content of its own, a style attribute, an on… handler, a javascript: address.
# spanloom.html is one file on purpose and has a policy of its own: scripts/check-single.sh holds that one.
set -eu

find "$1" -name '*.html' ! -name spanloom.html | while read -r page; do
  # One record a tag: RS cuts at "<", and what follows ">" is text. Good enough for pages that Trunk writes.
  awk -v page="$page" '
    BEGIN { RS = "<" }
    { tag = $0; sub(/>.*/, "", tag); gsub(/[\r\n\t]/, " ", tag); low = tolower(tag) }
    low ~ /^!--/ { next }
    low ~ /^script/ && low !~ / src *=/         { bad("inline script") }
    low ~ /^style/                              { bad("inline style sheet") }
    low ~ /[ "\047]style *=/                    { bad("style attribute") }
    low ~ /[ "\047]on[a-z]+ *=/                 { bad("event handler attribute") }
    low ~ /= *["\047]? *javascript:/            { bad("javascript: address") }
    function bad(what) { printf "%s: %s: <%s>\n", page, what, substr(tag, 1, 80); failed = 1 }
    END { exit failed }
  ' "$page" >&2
done
