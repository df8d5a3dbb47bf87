// Hides e-mail addresses.

const NAME = "{{name}}";
// What Serene computed with another version is computed again: raise it when the results change.
const VERSION = "0.1.0";
// The most texts of one call; Serene sends more in several calls.
const MAX_TEXTS = 64;
// The largest text, in bytes of UTF-8.
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

const ADDRESS = /[^\s@]+@[^\s@]+\.[^\s@.]+/g;

// What the stage does: the text with `[e-mail]` in the place of each address. The same text always gives the same.
export function hideAddresses(text) {
  return text.replace(ADDRESS, "[e-mail]");
}

// What Serene calls, by the names of the interface in wit/.
export const transformer = {
  async describe(ctx) {
    const stage = { name: NAME, version: VERSION, extras: [] };
    return { stage, maxTexts: MAX_TEXTS, maxTextBytes: MAX_TEXT_BYTES };
  },

  async transform(ctx, kind, texts) {
    within("texts in one call", MAX_TEXTS, texts.length);
    for (const text of texts) {
      within("bytes in a text", MAX_TEXT_BYTES, utf8Length(text));
    }
    return texts.map(hideAddresses);
  },
};

// Refuses what is over a limit, and says by how much: what is thrown is the error case. It never repeats a text.
function within(what, limit, actual) {
  if (actual > limit) {
    const message = `There are ${actual} ${what}, and at most ${limit} are taken.`;
    const extras = [["limit", `${limit}`], ["actual", `${actual}`]];
    throw { tag: "too-large", val: { message, providerStatus: undefined, extras } };
  }
}

function utf8Length(text) {
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0);
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}
