#!/usr/bin/env bash
# Everything that must hold, in the order in which it fails fastest. Stops at the first stage that fails; the last line
# is always `N passed, N failed`: native and browser tests together, a failed stage without tests counting as one.
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0 failed=0 times="" done= build=
kept=$(mktemp -d)
log=$kept/log

finish() {
  [ -z "$build" ] || kill -- "-$build" 2>/dev/null || true
  rm -rf "$kept"
  [ -n "$done" ] || [ "$failed" -gt 0 ] || failed=1
  printf '\nminutes  stage\n%s' "$times"
  printf '%d passed, %d failed\n' "$passed" "$failed"
}
trap finish EXIT

# stage NAME COMMAND…: runs it, shows and keeps what it prints, adds up the tests that it counted, notes the minutes.
stage() {
  local name=$1 start=$SECONDS code=0 counted
  shift
  printf '\n== %s\n' "$name"
  "$@" 2>&1 | tee "$log" || code=$?
  # cargo prints "test result: ok. 12 passed; 0 failed; …" for each of its programs, the browser tests end with
  # "12 passed, 0 failed".
  counted=$(awk '
    /^test result: / { p += $4; f += $6 }
    /^[0-9]+ passed, [0-9]+ failed/ { last_p = $1; last_f = $3 }
    END { print p + last_p, f + last_f }' "$log")
  passed=$((passed + ${counted% *})) failed=$((failed + ${counted#* }))
  times+=$(awk -v s=$((SECONDS - start)) -v n="$name" 'BEGIN { printf "%7.1f  %s", s / 60, n }')$'\n'
  [ "$code" = 0 ] || { printf '%s failed\n' "$name"; exit 1; }
}

# The release build keeps one processor busy for most of its time, so that it runs beside the native tests.
start_build() {
  # In a process group of its own, so that its children end with it.
  set -m
  (
    code=0
    trunk build --release --locked >"$kept/build" 2>&1 || code=$?
    echo "$code" >"$kept/code"
  ) &
  build=$!
  set +m
}

# Waits for it and shows what it printed. A stage is no parent of the build and cannot `wait`.
end_build() {
  while [ ! -s "$kept/code" ] && kill -0 "$build" 2>/dev/null; do sleep 1; done
  cat "$kept/build"
  return "$(cat "$kept/code" || echo 1)"
}

# Of the build at hand: packing is what is tried, twice.
release() {
  rm -rf target/release-test
  scripts/pack.sh dist target/release-test && scripts/check-release.sh dist target/release-test
}

stage "set-up" scripts/setup.sh test
. scripts/env.sh
stage "format" $FMT --all --check
stage "forbidden crates" scripts/graph.sh
stage "lint, native" $CLIPPY --locked --all-targets -- -D warnings
# In the release profile, so that macros and build scripts are compiled once for this and the release build.
stage "lint, wasm32" $CLIPPY --locked --release --target wasm32-unknown-unknown --lib --bins -- -D warnings
start_build
stage "native tests" cargo test --locked
stage "linear cost" scripts/linear.sh
stage "release build, what was left of it" end_build
build=
stage "size" node scripts/size.mjs dist
stage "release, packed twice" release
stage "browser tests" node tests/browser/run.mjs
done=yes
