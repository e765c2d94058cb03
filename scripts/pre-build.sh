#!/bin/sh
# Trunk's pre_build hook: compiles both programs in one go. Trunk builds them one after the other, and most of a release
# build is their link-time optimisation, which takes one core each. Trunk's own cargo calls then find all done.
set -eu
if [ "$TRUNK_PROFILE" = release ]; then set -- --release; fi
if [ "${TRUNK_OFFLINE:-}" = true ]; then set -- "$@" --offline; fi
exec cargo build --bins --target wasm32-unknown-unknown "$@"
