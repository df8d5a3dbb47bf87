#!/bin/sh
# Makes build/pypdf-python.wasm. Needs what requirements.txt names; packages.txt names what goes into the component.
set -eu
cd "$(dirname "$0")"
wit=../../../wit
python3 -m pip install --quiet --disable-pip-version-check --upgrade --target build/packages -r packages.txt
# Without --stub-wasi the component would import clocks, files and sockets that a stage is not granted.
componentize-py -q -d $wit/types -d $wit/extractor -w serene:extractor/extractor-stage componentize --stub-wasi -p . -p build/packages stage \
    -o build/pypdf-python.wasm
