#!/bin/sh
# Makes build/overlap-c.wasm. Needs what requirements.txt names, and wit-bindgen:
#   cargo install wit-bindgen-cli --version 0.63.0 --locked --no-default-features --features c
set -eu
cd "$(dirname "$0")"
../wit.sh reranker build/wit
wit-bindgen c build/wit --world reranker-stage --out-dir build/bindings >/dev/null
python3 -m ziglang cc -target wasm32-wasi -mexec-model=reactor -std=c11 -Oz -flto -Wall -Wextra -Werror -Wno-unused-parameter \
    -Wl,--strip-all -I build/bindings -o build/core.wasm \
    stage.c overlap.c build/bindings/reranker_stage.c build/bindings/reranker_stage_component_type.o
wasm-tools component new build/core.wasm -o build/overlap-c.wasm
