// Serene's side of the stage: what it is called, what it takes, and when it refuses.

import { invalid, within } from "./refusals.js";
import { utf8Length } from "./utf8.js";
import { cut } from "./work.js";

const NAME = "{{name}}";
// Passages are remembered under the version: raise it when the results change.
const VERSION = "0.1.0";
// The most bytes of text of one call.
const MAX_BYTES = 4 * 1024 * 1024;
// The most passages of one document.
const MAX_PASSAGES = 100_000;

export const chunker = {
  async describe(ctx) {
    return { stage: { name: NAME, version: VERSION, extras: [] }, maxBytes: MAX_BYTES, maxPassages: MAX_PASSAGES };
  },

  async chunk(ctx, sections, { maxTokens, overlapTokens }) {
    if (maxTokens < 16 || maxTokens > 32_000 || overlapTokens * 2 >= maxTokens) {
      throw invalid("max-tokens is 16 to 32,000, and overlap-tokens less than half of it.");
    }
    if (sections.some(({ index }, place) => place > 0 && index <= sections[place - 1].index)) {
      throw invalid("The sections' numbers must ascend.");
    }
    within("bytes of text", MAX_BYTES, sections.reduce((sum, { text }) => sum + utf8Length(text), 0));
    // Each passage lies in one section, also where several may be joined.
    const passages = [];
    for (const { index, text } of sections) {
      for (const piece of cut(text, maxTokens, overlapTokens)) {
        const [start, end] = [piece.start, piece.end].map((offset) => ({ section: index, offset }));
        passages.push({ text: piece.text, start, end, tokens: piece.tokens });
      }
      within("passages in a document", MAX_PASSAGES, passages.length);
    }
    return passages;
  },
};
