"""Serene's side of the stage: what it is called, what it takes, and when it refuses."""

from wit_world import exports
from wit_world.exports.chunker import ChunkerInfo, Passage, Position
from wit_world.imports.types import StageInfo

import work
from refusals import invalid, within

NAME = "{{name}}"
# Passages are remembered under the version: raise it when the results change.
VERSION = "0.1.0"
# The most bytes of text of one call.
MAX_BYTES = 4 * 1024 * 1024
# The most passages of one document.
MAX_PASSAGES = 100_000


class Chunker(exports.Chunker):
    async def describe(self, ctx):
        return ChunkerInfo(StageInfo(NAME, VERSION, []), MAX_BYTES, MAX_PASSAGES)

    async def chunk(self, ctx, sections, options):
        if not 16 <= options.max_tokens <= 32_000 or options.overlap_tokens * 2 >= options.max_tokens:
            raise invalid("max-tokens is 16 to 32,000, and overlap-tokens less than half of it.")
        if any(one.index >= following.index for one, following in zip(sections, sections[1:])):
            raise invalid("The sections' numbers must ascend.")
        within("bytes of text", MAX_BYTES, sum(len(section.text.encode()) for section in sections))
        # Each passage lies in one section, also where several may be joined.
        passages = []
        for section in sections:
            for piece in work.cut(section.text, options.max_tokens, options.overlap_tokens):
                start, end = Position(section.index, piece.start), Position(section.index, piece.end)
                passages.append(Passage(piece.text, start, end, piece.tokens))
            within("passages in a document", MAX_PASSAGES, len(passages))
        return passages
