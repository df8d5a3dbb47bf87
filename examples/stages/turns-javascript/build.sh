#!/bin/sh
# Makes build/turns-javascript.wasm. Needs what package.json names: npm install
set -eu
cd "$(dirname "$0")"
PATH="$PWD/node_modules/.bin:$PATH"
# It reads one folder: the stage's package, and what that uses in deps/.
mkdir -p build/wit/deps/types
cp ../../../wit/chunker/chunker.wit build/wit/
cp ../../../wit/types/types.wit build/wit/deps/types/
# The size runtime and no WASI: a stage that only computes imports nothing.
componentize-qjs --stub-wasi --opt-size --wit build/wit --world chunker-stage --module-root . --js stage.js \
    --output build/turns-javascript.wasm
