"""Serene's side of the stage: what it is called, what it takes, and when it refuses."""

from wit_world import exports
from wit_world.exports.embedder import EmbedderInfo, Embeddings
from wit_world.imports.types import StageInfo

import work
from refusals import invalid, within

NAME = "{{name}}"
VERSION = "0.1.0"
# What computes the vectors. Those of another model cannot be compared with them: rename it when they change.
MODEL = "hashed-words-256"
# The most texts of one call; Serene sends more in several calls.
MAX_TEXTS = 64
# The most tokens of one text; a word is a token here.
MAX_TEXT_TOKENS = 8_000


class Embedder(exports.Embedder):
    async def describe(self, ctx):
        stage, most = StageInfo(NAME, VERSION, []), MAX_TEXTS * MAX_TEXT_TOKENS
        return EmbedderInfo(stage, MODEL, work.DIMENSIONS, MAX_TEXTS, MAX_TEXT_TOKENS, most)

    async def embed(self, ctx, texts, purpose):
        if not texts:
            raise invalid("There is no text to embed.")
        within("texts in one call", MAX_TEXTS, len(texts))
        vectors, tokens = [], 0
        for text in texts:
            if not text.strip():
                raise invalid("A text is empty: leave it out.")
            words = work.words(text)
            within("words in a text", MAX_TEXT_TOKENS, len(words))
            vectors.append(work.embed(words))
            tokens += len(words)
        return Embeddings(vectors, MODEL, tokens)
