// Serene's side of the stage: what it is called, what it takes, and when it refuses.

import { invalid, within } from "./refusals.js";
import { DIMENSIONS, embed, words } from "./work.js";

const NAME = "{{name}}";
const VERSION = "0.1.0";
// What computes the vectors. Those of another model cannot be compared with them: rename it when they change.
const MODEL = "hashed-words-256";
// The most texts of one call; Serene sends more in several calls.
const MAX_TEXTS = 64;
// The most tokens of one text; a word is a token here.
const MAX_TEXT_TOKENS = 8_000;

export const embedder = {
  async describe(ctx) {
    return {
      stage: { name: NAME, version: VERSION, extras: [] },
      model: MODEL,
      dimensions: DIMENSIONS,
      maxTexts: MAX_TEXTS,
      maxTextTokens: MAX_TEXT_TOKENS,
      maxCallTokens: MAX_TEXTS * MAX_TEXT_TOKENS,
    };
  },

  async embed(ctx, texts, purpose) {
    if (texts.length === 0) {
      throw invalid("There is no text to embed.");
    }
    within("texts in one call", MAX_TEXTS, texts.length);
    const vectors = [];
    let tokens = 0;
    for (const text of texts) {
      if (text.trim() === "") {
        throw invalid("A text is empty: leave it out.");
      }
      const found = words(text);
      within("words in a text", MAX_TEXT_TOKENS, found.length);
      vectors.push(embed(found));
      tokens += found.length;
    }
    return { vectors, model: MODEL, tokens };
  },
};
