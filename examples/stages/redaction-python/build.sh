#!/bin/sh
# Makes build/redaction-python.wasm. Needs what requirements.txt names.
set -eu
cd "$(dirname "$0")"
../wit.sh transformer build/wit
# Without --stub-wasi the component would import clocks, files and sockets that a stage is not granted.
componentize-py -q -d build/wit -w transformer-stage componentize --stub-wasi -p . stage -o build/redaction-python.wasm
