// The pieces that a passage is put together from, and what they weigh.

/** What a token weighs: weights are whole numbers, so that sums are exact. */
export const UNIT = 8;

/**
 * Estimates how many tokens a model's tokeniser makes of a text, on the safe side: a letter of ASCII is a quarter, white space and a letter of
 * another alphabet half, an emoji three, anything else one.
 */
export function estimateTokens(text) {
  let weight = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at);
    weight += weigh(code);
    at += width(code);
  }
  return Math.ceil(weight / UNIT);
}

/** Bytes of a text in UTF-8. */
export function utf8Length(text) {
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at);
    bytes += utf8(code);
    at += width(code);
  }
  return bytes;
}

/** Ends a sentence where white space follows. */
const ENDS = /[.!?…؟۔।。！？｡][)\]}"'”’»」』]*$/u;

/**
 * Cuts the sections of a turn into words, and words that are too long, such as text of a script without spaces, into pieces of about a quarter of
 * `maxTokens`: between sentences where they can be told, never within a character, not before a combining mark while there is room.
 *
 * A piece knows its section, its place there in the string (`start`, `end`) and in bytes of UTF-8 (`startByte`, `endByte`), and the weight of the
 * turn before it and with it.
 */
export function* pieces(turn, maxTokens) {
  const most = (maxTokens / 4) * UNIT;
  let weight = 0;
  for (const section of turn) {
    const { text } = section;
    let [byte, piece, endsAtOnce] = [0, null, false];
    for (let at = 0; at < text.length; ) {
      const code = text.codePointAt(at);
      const cost = weigh(code);
      const space = isSpace(code);
      if (piece !== null && (space || breaksBefore(code, weight + cost - piece.weightBefore, most, endsAtOnce))) {
        yield finished(piece);
        piece = null;
      }
      if (piece === null && !space) {
        piece = { section, start: at, startByte: byte, weightBefore: weight, end: at, endByte: byte, weightAfter: weight };
      }
      at += width(code);
      byte += utf8(code);
      weight += cost;
      if (!space) {
        piece.end = at;
        piece.endByte = byte;
        piece.weightAfter = weight;
        endsAtOnce = isFullStop(code);
      }
    }
    if (piece !== null) {
      yield finished(piece);
    }
    // The line break before the next section.
    weight += UNIT / 2;
  }
}

function finished(piece) {
  piece.endsSentence = ENDS.test(piece.section.text.slice(Math.max(piece.start, piece.end - 8), piece.end));
  return piece;
}

/** Whether a word is cut before this character, with which it would weigh so much. */
function breaksBefore(code, weight, most, endsAtOnce) {
  if (weight > most) {
    return weight > most * 1.5 || !isMark(code);
  }
  return endsAtOnce && code > 0x7f && /[\p{L}\p{N}]/u.test(String.fromCodePoint(code));
}

/** Most text is ASCII, and looked up. */
const ASCII = Array.from({ length: 128 }, (_, code) => weighed(code));

const weigh = (code) => (code < 128 ? ASCII[code] : weighed(code));

function weighed(code) {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)) {
    return UNIT / 4;
  }
  if (isSpace(code) || (code >= 0xc0 && code < 0x2000)) {
    return UNIT / 2;
  }
  return code > 0xffff ? 3 * UNIT : UNIT;
}

const width = (code) => (code > 0xffff ? 2 : 1);
const utf8 = (code) => (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);

/** Unicode's white space. */
function isSpace(code) {
  if (code > 0x20 && code < 0x80) {
    return false;
  }
  return (
    code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0x85 || code === 0xa0 || code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) || code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000
  );
}

/** Ends a sentence though no white space follows. */
const isFullStop = (code) => code === 0x3002 || code === 0xff01 || code === 0xff1f || code === 0xff61;
const isMark = (code) => code > 0x2ff && /[\p{M}\u200d]/u.test(String.fromCodePoint(code));
