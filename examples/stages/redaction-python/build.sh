#!/bin/sh
# Makes build/redaction-python.wasm. Needs what requirements.txt names.
set -eu
cd "$(dirname "$0")"
wit=../../../wit
mkdir -p build
# Without --stub-wasi the component would import clocks, files and sockets that a stage is not granted.
componentize-py -q -d $wit/types -d $wit/transformer -w serene:transformer/transformer-stage componentize --stub-wasi -p . stage \
    -o build/redaction-python.wasm
