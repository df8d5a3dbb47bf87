// What the stage does: it cuts a text into pieces of equal length, after a space where there is one near the end.

import { utf8Length } from "./utf8.js";

// Characters to a token: an estimate.
const TOKEN = 4;
const SPACE = /\p{White_Space}/u;
const NOTHING_BUT_SPACE = /^\p{White_Space}*$/u;

// Yields pieces of at most `maxTokens`, each of which repeats about `overlapTokens` of the one before. Every character is in one, unless it is white
// space. `start` and `end` are bytes of UTF-8 from the start of the text.
export function* cut(text, maxTokens, overlapTokens) {
  const size = maxTokens * TOKEN;
  for (let from = 0, start = 0; from < text.length; ) {
    const to = end(text, from, size);
    const piece = text.slice(from, to);
    if (!NOTHING_BUT_SPACE.test(piece)) {
      yield { text: piece, start, end: start + utf8Length(piece), tokens: Math.ceil(piece.length / TOKEN) };
    }
    if (to === text.length) {
      return;
    }
    // Less than half of `maxTokens` is repeated, so each piece begins after the one before.
    const next = between(text, to - overlapTokens * TOKEN);
    start += utf8Length(text.slice(from, next));
    from = next;
  }
}

function end(text, from, size) {
  const to = from + size;
  if (to >= text.length) {
    return text.length;
  }
  // In the last quarter only, so that a piece is never much shorter than asked for.
  for (let at = to - 1; at >= from + (size * 3) / 4; at -= 1) {
    if (SPACE.test(text[at])) {
      return at + 1;
    }
  }
  return between(text, to);
}

// The place, or the one before it where it is within a character: JavaScript counts some as two.
function between(text, place) {
  const isSecondHalf = (text.charCodeAt(place) & 0xfc00) === 0xdc00;
  return isSecondHalf ? place - 1 : place;
}
