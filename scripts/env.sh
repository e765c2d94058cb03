# Sourced by every script, at the top of the repository: which compiler and which tools, chosen here and nowhere else.
# It looks and sets variables, and installs nothing: that is scripts/setup.sh.
#
# kind a: the compiler on PATH is rustup's (or any that has, or may fetch, std for wasm32). The usual machine.
# kind b: Debian's `rust-web` packages. For machines that reach package registries and nothing else, where rustup's
#         toolchain has no wasm target and cannot fetch one. RUSTUP_AUTO_INSTALL=0 says so: rustup downloads nothing.
# docs/decisions/0001-toolchain.md has the reasons. SPANLOOM_KIND=a or b overrides the choice.
#
# Sets: SPANLOOM_KIND, SPANLOOM_TOOLS, PATH, CLIPPY, FMT, flags for wasm32; on kind b also RUSTC, RUSTDOC, CARGO and TRUNK_OFFLINE.

# rustup's rustc names the folder whether or not the target is installed: only the files in it tell.
has_wasm_std() {
  ls "$("$1" --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)"/libstd-*.rlib >/dev/null 2>&1
}

choose_kind() {
  case $(command -v rustc) in
    "" | /usr/bin/rustc | /bin/rustc) ;;
    *)
      if has_wasm_std rustc; then echo a && return; fi
      # Debian's has been made ready for wasm before: rustup failed then, and need not be asked again.
      if [ "${RUSTUP_AUTO_INSTALL:-1}" != 0 ] && ! has_wasm_std /usr/bin/rustc; then echo a && return; fi
      ;;
  esac
  if command -v apt-get >/dev/null; then echo b; else echo a; fi
}

: "${SPANLOOM_KIND:=$(choose_kind)}"
# Under CARGO_HOME: a cache that lives longer than a clone, and no other project's `trunk` is replaced.
: "${SPANLOOM_TOOLS:=${CARGO_HOME:-$HOME/.cargo}/spanloom}"
export SPANLOOM_KIND SPANLOOM_TOOLS

if [ "$SPANLOOM_KIND" = b ]; then
  # First on PATH: rustup's proxies would answer to the same names. wasm links with /usr/bin/rust-lld.
  PATH=/usr/bin:$SPANLOOM_TOOLS/bin:$PWD/scripts/tools/node_modules/.bin:$PATH
  export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc CARGO=/usr/bin/cargo RUSTUP_AUTO_INSTALL=0
  # By path: for subcommands cargo looks into CARGO_HOME/bin, where rustup's are, before PATH.
  CLIPPY="/usr/bin/cargo-clippy clippy"
  FMT=/usr/bin/cargo-fmt
  # Trunk would fetch wasm-bindgen and wasm-opt from where their releases are; here both are installed beforehand.
  export TRUNK_OFFLINE=true
else
  PATH=$SPANLOOM_TOOLS/bin:$PATH
  CLIPPY="cargo clippy"
  FMT="cargo fmt"
fi
export PATH

# Messages of panics name source files: as crates/…, not by where this machine keeps them. Added to the flags of
# .cargo/config.toml. Cargo splits the text at blanks, so a folder with one stays as it is.
remap=--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates
case $remap in *" "*) remap= ;; esac
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$remap

# Trunk asks for true or false where the convention is "set at all".
if [ -n "${NO_COLOR:-}" ]; then export NO_COLOR=true; fi

# pinned KEY: a version out of Trunk.toml.    locked CRATE: a version out of Cargo.lock.
pinned() { sed -n "s/^$1 *= *\"\([^\"]*\)\".*/\1/p" Trunk.toml | tr -d '='; }
locked() { awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock; }
