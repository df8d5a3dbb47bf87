#!/bin/sh
# Makes build/overlap-c.wasm. Needs what requirements.txt names, and `serene`, which writes the bindings.
set -eu
cd "$(dirname "$0")"
${SERENE:-cargo serene} stage bindings reranker build/bindings
python3 -m ziglang cc -target wasm32-wasi -mexec-model=reactor -std=c11 -Oz -flto -Wall -Wextra -Werror -Wno-unused-parameter \
    -Wl,--strip-all -I build/bindings -o build/core.wasm \
    stage.c overlap.c build/bindings/reranker_stage.c build/bindings/reranker_stage_component_type.o
wasm-tools component new build/core.wasm -o build/overlap-c.wasm
