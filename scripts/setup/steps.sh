# The steps that scripts/setup.sh puts in order; sourced by it after env.sh. Each is quick when its work is done.

note() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- kind a ---------------------------------------------------------------------------------------------------------

rustup_compiler() {
  # rustup's proxies exist even when what they stand for does not: only a call tells.
  if has_wasm_std rustc && rustfmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then return; fi
  command -v rustup >/dev/null && [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] || return 1
  note "adding std for wasm32, rustfmt and clippy"
  rustup target add wasm32-unknown-unknown && rustup component add rustfmt clippy
}

# --- kind b ---------------------------------------------------------------------------------------------------------

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# apt_install PACKAGE…: those that are missing. The package lists are refreshed only when they do not know one.
apt_install() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  note "installing ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
  local install=(install -y --no-install-recommends "${missing[@]}")
  as_root "${apt[@]}" "${install[@]}" >/dev/null 2>&1 || {
    as_root "${apt[@]}" update && as_root "${apt[@]}" "${install[@]}" >/dev/null
  } || fail "apt-get could not install ${missing[*]}"
}

debian_compiler() {
  apt_install ca-certificates rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web
  # rust-web-llvm holds /usr/bin/rust-lld as a link and only recommends what it points to.
  apt_install "$(basename "$(readlink /usr/bin/rust-lld)")"
}

# Debian packages no std for wasm32, but its source. Built once a compiler; bitcode is embedded for link-time
# optimisation, and paths of crates are written as in env.sh. RUSTC_BOOTSTRAP allows -Zbuild-std here and nowhere else in the project.
debian_wasm_std() {
  local lib stamp built_from
  lib=$(rustc --print target-libdir --target wasm32-unknown-unknown)
  stamp=$lib/spanloom-built-from
  built_from="$(rustc -Vv) $(dpkg-query -W -f '${Version}' rust-web-src) ${remap:+remapped}"
  if has_wasm_std rustc && [ "$(cat "$stamp" 2>/dev/null)" = "$built_from" ]; then return; fi

  note "building std for wasm32 (a minute)"
  local work
  work=$(mktemp -d)
  cargo init --quiet --lib --vcs none --name empty "$work"
  (
    cd "$work"
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Cembed-bitcode=yes $remap" CARGO_TARGET_DIR=target cargo build --quiet --release \
      --target wasm32-unknown-unknown -Zbuild-std=core,alloc,std,panic_abort,panic_unwind,proc_macro,test
    rm target/wasm32-unknown-unknown/release/deps/libempty-*
    as_root mkdir -p "$lib"
    # Two versions of one crate side by side would be ambiguous.
    as_root rm -f "$lib"/lib*.rlib
    as_root cp target/wasm32-unknown-unknown/release/deps/lib*.rlib "$lib"
    printf '%s' "$built_from" | as_root tee "$stamp" >/dev/null
  )
  rm -rf "$work"
}

# --- both -----------------------------------------------------------------------------------------------------------

# cargo_tool COMMAND CRATE VERSION: whichever is on PATH in that version will do. The tools run for seconds and compile
# for minutes, so they are compiled fast rather than well, and share one target folder.
tools_target=${CARGO_TARGET_DIR:-target}/tools
cargo_tool() {
  [ "$("$1" --version 2>/dev/null | awk '{ print $2 }')" != "$3" ] || return 0
  note "compiling $2 $3 (some minutes)"
  local options=(--locked)
  if [ "$SPANLOOM_KIND" = b ]; then
    case $2 in
      # Without TLS and update check: offline it needs neither, and they are a third of the work.
      trunk) options+=(--no-default-features) ;;
      # Its lock file names a crate version that has been withdrawn.
      wasm-bindgen-cli) options=() ;;
    esac
  fi
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_TARGET_DIR=$tools_target \
    cargo install --quiet --root "$SPANLOOM_TOOLS" "$2" --version "$3" ${options[@]+"${options[@]}"}
}
drop_tools_target() { rm -rf "$tools_target"; }

# What scripts/single.sh packs the single file with. Usual machines have both.
packing_tools() {
  if command -v gzip >/dev/null && command -v openssl >/dev/null; then return; fi
  [ "$SPANLOOM_KIND" = b ] || fail "gzip and openssl are needed"
  apt_install gzip openssl
}

# What scripts/pack.sh packs a release with, and check-release.sh unpacks it.
zip_tools() {
  if command -v zip >/dev/null && command -v unzip >/dev/null; then return; fi
  [ "$SPANLOOM_KIND" = b ] || fail "zip and unzip are needed"
  apt_install zip unzip
}

node_runtime() {
  if command -v node >/dev/null && command -v npm >/dev/null; then return; fi
  [ "$SPANLOOM_KIND" = b ] || fail "Node.js 18 or newer and npm are needed"
  apt_install nodejs npm
}

# npm_folder FOLDER: exactly its lock file, installed again when the lock file is the newer one.
npm_folder() {
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
  note "npm packages of $1"
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error
  touch "$1/node_modules/.package-lock.json"
}

# The same places that tests/browser/browser.mjs looks into.
browser() {
  local command
  for command in "${CHROME:-chromium}" chromium-browser google-chrome google-chrome-stable; do
    if command -v "$command" >/dev/null; then return; fi
  done
  [ -d "/Applications/Google Chrome.app" ] && return
  [ "$SPANLOOM_KIND" = b ] || fail "the browser tests need Chromium or Chrome (or CHROME=path)"
  apt_install chromium chromium-driver
}

# The same places that tests/browser/firefox.mjs looks into.
second_browser() {
  local file
  for file in "${FIREFOX:-}" /usr/bin/firefox-esr /usr/bin/firefox /Applications/Firefox.app/Contents/MacOS/firefox; do
    if [ -x "$file" ]; then return; fi
  done
  [ "$SPANLOOM_KIND" = b ] || fail "the browser tests need Firefox too (or FIREFOX=path)"
  apt_install firefox-esr
}

# Only Debian packages a WebKit that can be driven; elsewhere its tests are not run, and run.mjs says so.
third_browser() {
  if command -v apt-get >/dev/null; then apt_install webkit2gtk-driver xvfb; fi
}
