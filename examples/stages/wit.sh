#!/bin/sh
# wit.sh STAGE FOLDER: lays a stage's WIT into FOLDER as most toolchains read it, its own package at the top and what it uses in deps/.
set -eu
stage=$1 folder=$2
wit=$(cd "$(dirname "$0")/../../wit" && pwd)
mkdir -p "$folder/deps/types"
cp "$wit/$stage/$stage.wit" "$folder/"
cp "$wit/types/types.wit" "$folder/deps/types/"
