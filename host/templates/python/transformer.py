"""Serene's side of the stage: what it is called, what it takes, and when it refuses."""

from wit_world import exports
from wit_world.exports.transformer import TransformerInfo
from wit_world.imports.types import StageInfo

import work
from refusals import within

NAME = "{{name}}"
# What Serene computed with another version is computed again: raise it when the results change.
VERSION = "0.1.0"
# The most texts of one call; Serene sends more in several calls.
MAX_TEXTS = 64
# The largest text, in bytes.
MAX_TEXT_BYTES = 4 * 1024 * 1024


class Transformer(exports.Transformer):
    async def describe(self, ctx):
        return TransformerInfo(StageInfo(NAME, VERSION, []), MAX_TEXTS, MAX_TEXT_BYTES)

    async def transform(self, ctx, kind, texts):
        within("texts in one call", MAX_TEXTS, len(texts))
        for text in texts:
            within("bytes in a text", MAX_TEXT_BYTES, len(text.encode()))
        return [work.transform(text) for text in texts]
