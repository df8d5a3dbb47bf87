#!/bin/sh
# wit.sh STAGE FOLDER: lays a stage's WIT into FOLDER as most toolchains read it, its own package at the top and what it uses in deps/.
#
# The generators for Python and JavaScript stop at a stream that no function of the world uses, and `serene:types` has one, in `body`. Where
# the stage has no files to move it is left out: a component names only the types it uses, so it fits all the same.
set -eu
stage=$1 folder=$2
wit=$(cd "$(dirname "$0")/../../wit" && pwd)
mkdir -p "$folder/deps/types"
cp "$wit/$stage/$stage.wit" "$folder/"
if grep -qw body "$wit/$stage/$stage.wit"; then
    cp "$wit/types/types.wit" "$folder/deps/types/"
else
    sed '/^    record body {$/,/^    }$/d' "$wit/types/types.wit" >"$folder/deps/types/types.wit"
fi
