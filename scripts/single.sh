#!/bin/sh
# single.sh REPOSITORY: writes spanloom.html, the whole page in one file, out of the page that is staged in the working
# folder. Called by post-build.sh.
#
# The files are packed into the head as text that no browser runs, base64 of gzip: single.js unpacks them. The policy in
# the head allows what the file holds, and no request. The text is what browsers write when asked for the document, byte
# by byte (double quotes, no blanks before the head and at the end): so a page can give itself away, with evidence in it.
set -eu
root=$1
# Samples in the same order on every machine.
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

glue=$(sed -n 's|.*<link id="app-js".* href="\./\([^"]*\)".*|\1|p' index.html)
wasm=$(sed -n 's|.*<link id="app-wasm".* href="\./\([^"]*\)".*|\1|p' index.html)
worker=$(sed -n 's|.*<meta name="spanloom-worker" content="\([^"]*\)".*|\1|p' index.html)
style=$(sed -n 's|.*<link rel="stylesheet" href="\./\([^"]*\)".*|\1|p' index.html)
icon=$(sed -n 's|.*<link rel="icon" href="\./\([^"]*\)".*|\1|p' index.html)

{ echo; cat "$root/single.js" "$root/boot.js"; } >"$work/script"
{ echo; cat "$style"; } >"$work/style"

source_of() { printf "'sha256-%s'" "$(openssl dgst -sha256 -binary "$1" | openssl base64 -A)"; }
policy="default-src 'none'; script-src $(source_of "$work/script") blob: 'wasm-unsafe-eval'; worker-src blob:;\
 style-src $(source_of "$work/style"); img-src data: blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"

# piece PATH FILE: FILE, as the app asks for it by PATH.
piece() {
  printf '<script type="text/plain" id="piece:%s">' "$1"
  gzip -9nc <"$2" | openssl base64 -A
  printf '</script>\n'
}

pieces() {
  piece app.js "$glue"
  piece worker.js "$worker"
  piece app.wasm "$wasm"
  for sample in samples/*; do piece "$sample" "$sample"; done
}

while IFS= read -r line; do
  case $line in
    '<html '*) printf '%s' "${line%>} data-single=\"\">" ;;
    '<meta charset='*)
      printf '%s\n<meta http-equiv="Content-Security-Policy" content="%s">\n' "$line" "$policy"
      printf '<script type="module">'
      cat "$work/script"
      printf '</script>\n'
      ;;
    *'rel="icon"'*) printf '<link rel="icon" href="data:image/svg+xml;base64,%s">\n' "$(openssl base64 -A <"$icon")" ;;
    *'rel="stylesheet"'*)
      printf '<style>'
      cat "$work/style"
      printf '</style>\n'
      ;;
    *'id="app-js"'* | *'id="app-wasm"'* | *'name="spanloom-worker"'* | *'name="spanloom-single"'* | '<script '*) ;;
    '</head>')
      printf '<script type="application/json" id="spanloom-evidence"></script>\n'
      pieces
      printf '</head>\n'
      ;;
    # The single file has a line of its own for this.
    *'class="boot-late"'*) ;;
    *'class="boot-wait"'*)
      printf '%s\n  <p class="boot-late">If this stays, the file is damaged, or a host forbids it inline scripts: %s.</p>\n' \
        "$line" "copy or download it again, and open it out of a folder"
      ;;
    '</body>' | '</html>') printf '%s' "$line" ;;
    *) printf '%s\n' "$line" ;;
  esac
done <index.html >"$work/page"
mv "$work/page" spanloom.html
