#!/bin/sh
# Makes build/turns-javascript.wasm. Needs what package.json names: npm install
set -eu
cd "$(dirname "$0")"
PATH="$PWD/node_modules/.bin:$PATH"
../wit.sh chunker build/wit
# The size runtime and no WASI: a stage that only computes imports nothing.
componentize-qjs --stub-wasi --opt-size --wit build/wit --world chunker-stage --module-root . --js stage.js \
    --output build/turns-javascript.wasm
