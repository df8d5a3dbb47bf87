// Serene's side of the stage: what it is called, what it takes, and when it refuses.

import { invalid, within } from "./refusals.js";
import { score } from "./work.js";

const NAME = "{{name}}";
const VERSION = "0.1.0";
// What orders the texts.
const MODEL = "common-words";
// The most texts of one call.
const MAX_TEXTS = 1_000;
// The most tokens of the query and all texts; it counts none, so this is only what the caller is told.
const MAX_CALL_TOKENS = 1_000_000;

export const reranker = {
  async describe(ctx) {
    const stage = { name: NAME, version: VERSION, extras: [] };
    return { stage, model: MODEL, maxTexts: MAX_TEXTS, maxCallTokens: MAX_CALL_TOKENS };
  },

  async rerank(ctx, query, texts, topK) {
    if (query.trim() === "") {
      throw invalid("The query is empty.");
    }
    within("texts in one call", MAX_TEXTS, texts.length);
    const ranks = texts.map((text, index) => ({ index, score: score(query, text) }));
    // Texts of equal score stay as they were.
    ranks.sort((one, other) => other.score - one.score);
    return { ranks: ranks.slice(0, topK ?? texts.length), model: MODEL, tokens: 0 };
  },
};
