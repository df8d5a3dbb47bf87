// Serene's side of the stage: what it is called, what it takes, and when it refuses.

import { within } from "./refusals.js";
import { utf8Length } from "./utf8.js";
import { transform } from "./work.js";

const NAME = "{{name}}";
// What Serene computed with another version is computed again: raise it when the results change.
const VERSION = "0.1.0";
// The most texts of one call; Serene sends more in several calls.
const MAX_TEXTS = 64;
// The largest text, in bytes.
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

export const transformer = {
  async describe(ctx) {
    return { stage: { name: NAME, version: VERSION, extras: [] }, maxTexts: MAX_TEXTS, maxTextBytes: MAX_TEXT_BYTES };
  },

  async transform(ctx, kind, texts) {
    within("texts in one call", MAX_TEXTS, texts.length);
    for (const text of texts) {
      within("bytes in a text", MAX_TEXT_BYTES, utf8Length(text));
    }
    return texts.map(transform);
  },
};
