// Cuts a conversation into passages by speaker turns.

import { estimateTokens, pieces, UNIT, utf8Length } from './pieces.js';

/** What one call may hold. */
export const LIMITS = { maxBytes: 4 * 1024 * 1024, maxPassages: 20_000 };

/** Why a call is refused. `tag` is the case of `serene:types/types.error`. */
export class Refusal extends Error {
  constructor(tag, message, extras = []) {
    super(message);
    this.tag = tag;
    this.extras = extras;
  }
}

/**
 * Cuts a document into passages, in order. One passage is one turn: what one speaker says until another one does. A turn of more than
 * `maxTokens` is cut at ends of sentences, else of words, else between characters, and each part repeats about `overlapTokens` of the end of the
 * part before. No passage holds words of two speakers.
 *
 * @param {{index: number, label?: string, text: string}[]} sections pages or turns, in ascending order
 * @param {{maxTokens: number, overlapTokens: number, joinSections: boolean}} options
 * @returns {{text: string, start: {section: number, offset: number}, end: {section: number, offset: number}, tokens: number}[]}
 *   offsets in bytes of UTF-8
 * @throws {Refusal}
 */
export function chunk(sections, options, limits = LIMITS) {
  check(sections, options, limits);
  const passages = [];
  for (const turn of turns(sections, options.joinSections)) {
    for (const passage of passagesOf(turn, options)) {
      if (passages.length === limits.maxPassages) {
        const message = `The text makes more than ${limits.maxPassages} passages. Raise max-tokens or split the document.`;
        throw new Refusal('too-large', message, [['limit', String(limits.maxPassages)]]);
      }
      passages.push(passage);
    }
  }
  return passages;
}

function check(sections, { maxTokens, overlapTokens }, { maxBytes }) {
  if (maxTokens < 16 || maxTokens > 32_000) {
    throw new Refusal('invalid', `max-tokens is ${maxTokens}: give 16 to 32,000.`);
  }
  if (overlapTokens * 2 >= maxTokens) {
    throw new Refusal('invalid', `overlap-tokens is ${overlapTokens}: give less than half of max-tokens, which is ${maxTokens}.`);
  }
  sections.forEach(({ index }, place) => {
    if (place > 0 && index <= sections[place - 1].index) {
      throw new Refusal('invalid', `Section ${index} comes after section ${sections[place - 1].index}: give them in ascending order.`);
    }
  });
  const bytes = sections.reduce((sum, { text }) => sum + utf8Length(text), 0);
  if (bytes > maxBytes) {
    const message = `The text has ${bytes} bytes, and at most ${maxBytes} are taken. Split the document.`;
    throw new Refusal('too-large', message, [['limit', String(maxBytes)], ['actual', String(bytes)]]);
  }
}

/** Neighbouring sections of one speaker, where they may be joined. Who has no label is nobody's neighbour. */
function turns(sections, join) {
  const found = [];
  for (const section of sections) {
    const before = found.at(-1)?.at(-1);
    if (join && before?.label != null && before.label === section.label) {
      found.at(-1).push(section);
    } else {
      found.push([section]);
    }
  }
  return found;
}

/** Only the pieces of one passage are held at a time, however long the turn is. */
function* passagesOf(turn, { maxTokens, overlapTokens }) {
  const source = pieces(turn, maxTokens);
  let next = source.next();
  let window = [];
  // How many pieces at the start of the window the passage before has too.
  let kept = 0;
  for (;;) {
    if (window.length === kept && !next.done && kept > 0 && tokens(window[0], next.value) > maxTokens) {
      // White space as long as a passage parts them: there is no room for both.
      [window, kept] = [[], 0];
    }
    while (!next.done && (window.length === 0 || tokens(window[0], next.value) <= maxTokens)) {
      window.push(next.value);
      next = source.next();
    }
    if (window.length === kept) {
      return;
    }
    const count = next.done ? window.length : bestEnd(window, kept, maxTokens);
    yield passage(window.slice(0, count));
    const from = next.done && count === window.length ? count : overlapStart(window, count, overlapTokens);
    [window, kept] = [window.slice(from), count - from];
  }
}

/** What the text from one piece to another counts. */
const tokens = (first, last) => (last.weightAfter - first.weightBefore) / UNIT;

/** After the last piece that ends a sentence and leaves the passage at least half full; all of the window when there is none. */
function bestEnd(window, kept, maxTokens) {
  for (let end = window.length; end > kept && tokens(window[0], window[end - 1]) * 2 >= maxTokens; end -= 1) {
    if (window[end - 1].endsSentence) {
      return end;
    }
  }
  return window.length;
}

/** Where the next passage starts: at the first sentence within the overlap, else at the first word. */
function overlapStart(window, count, overlapTokens) {
  let start = count;
  while (start > 1 && tokens(window[start - 1], window[count - 1]) <= overlapTokens) {
    start -= 1;
  }
  for (let sentence = start; sentence < count; sentence += 1) {
    if (window[sentence - 1].endsSentence) {
      return sentence;
    }
  }
  return start;
}

/** The passage of these pieces. In one section it is that section's text; of several, a line each. */
function passage(parts) {
  const [first, last] = [parts[0], parts.at(-1)];
  const lines = [];
  for (const { section, start, end } of parts) {
    const line = lines.at(-1);
    if (line?.section === section) {
      line.end = end;
    } else {
      lines.push({ section, start, end });
    }
  }
  const text = lines.map(({ section, start, end }) => section.text.slice(start, end)).join('\n');
  return {
    text,
    start: { section: first.section.index, offset: first.startByte },
    end: { section: last.section.index, offset: last.endByte },
    tokens: estimateTokens(text),
  };
}
