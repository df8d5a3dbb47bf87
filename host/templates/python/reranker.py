"""Serene's side of the stage: what it is called, what it takes, and when it refuses."""

from wit_world import exports
from wit_world.exports.reranker import Rank, Reranking, RerankerInfo
from wit_world.imports.types import StageInfo

import work
from refusals import invalid, within

NAME = "{{name}}"
VERSION = "0.1.0"
# What orders the texts.
MODEL = "common-words"
# The most texts of one call.
MAX_TEXTS = 1_000
# The most tokens of the query and all texts; it counts none, so this is only what the caller is told.
MAX_CALL_TOKENS = 1_000_000


class Reranker(exports.Reranker):
    async def describe(self, ctx):
        return RerankerInfo(StageInfo(NAME, VERSION, []), MODEL, MAX_TEXTS, MAX_CALL_TOKENS)

    async def rerank(self, ctx, query, texts, top_k):
        if not query.strip():
            raise invalid("The query is empty.")
        within("texts in one call", MAX_TEXTS, len(texts))
        ranks = [Rank(index, work.score(query, text)) for index, text in enumerate(texts)]
        # Texts of equal score stay as they were.
        ranks.sort(key=lambda rank: -rank.score)
        return Reranking(ranks[:top_k], MODEL, 0)
