#!/bin/sh
# Runs the tests natively, where the compiler has them with sanitizers: CC=gcc sh test.sh
set -eu
cd "$(dirname "$0")"
mkdir -p build
${CC:-cc} -std=c11 -Wall -Wextra -Werror -g -fsanitize=address,undefined -o build/test overlap.c test_overlap.c
build/test
