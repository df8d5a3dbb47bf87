// Run with `node --test`: needs nothing but Node.js.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { estimateTokens } from './pieces.js';
import { chunk, LIMITS, Refusal } from './turns.js';

const OPTIONS = { maxTokens: 64, overlapTokens: 10, joinSections: true };
const section = (index, label, text) => ({ index, label, text });
const texts = (passages) => passages.map(({ text }) => text);
const sentences = (count) => Array.from({ length: count }, (_, n) => `Sentence number ${n} says something.`).join(' ');

/** The bytes of a section between two offsets. */
const cut = (text, start, end) => new TextDecoder('utf-8', { fatal: true }).decode(new TextEncoder().encode(text).slice(start, end));

test('a passage is what one speaker says until another one does', () => {
  const passages = chunk(
    [section(0, 'a', 'You were late.'), section(1, 'a', 'Again.'), section(2, 'b', 'I was not.'), section(5, 'a', 'You were.')],
    OPTIONS,
  );
  assert.deepEqual(texts(passages), ['You were late.\nAgain.', 'I was not.', 'You were.']);
  assert.deepEqual(passages[0].start, { section: 0, offset: 0 });
  assert.deepEqual(passages[0].end, { section: 1, offset: 6 });
  assert.deepEqual(passages[2].start, { section: 5, offset: 0 });
});

test('sections that may not be joined, or have no label, stay apart', () => {
  const sections = [section(0, 'a', 'One.'), section(1, 'a', 'Two.')];
  assert.deepEqual(texts(chunk(sections, { ...OPTIONS, joinSections: false })), ['One.', 'Two.']);
  for (const label of [undefined, null]) {
    assert.deepEqual(texts(chunk([section(0, label, 'One.'), section(1, label, 'Two.')], OPTIONS)), ['One.', 'Two.']);
  }
});

test('a long turn is cut at sentences, and its parts overlap by sentences that fit', () => {
  const text = sentences(40);
  const passages = chunk([section(0, 'a', text)], { ...OPTIONS, overlapTokens: 30 });
  assert.ok(passages.length > 5);
  for (const [n, { text: passage, start, end, tokens }] of passages.entries()) {
    assert.ok(passage.endsWith('.') && passage.startsWith('Sentence'), passage);
    assert.ok(tokens <= OPTIONS.maxTokens && tokens === estimateTokens(passage));
    assert.equal(cut(text, start.offset, end.offset), passage);
    assert.ok(n === 0 || start.offset < passages[n - 1].end.offset);
  }
});

test('without overlap no byte is in two passages', () => {
  const passages = chunk([section(0, 'a', sentences(40))], { ...OPTIONS, overlapTokens: 0 });
  passages.slice(1).forEach(({ start }, n) => assert.equal(start.offset, passages[n].end.offset + 1));
});

test('offsets count bytes of UTF-8 and lie between characters', () => {
  const text = '  Größe: 👩‍👩‍👧 naïve Zoe\u0308 日本語。次の文。 ﷽ ';
  const [passage] = chunk([section(3, undefined, text)], { ...OPTIONS, maxTokens: 400 });
  assert.equal(passage.text, text.trim());
  assert.deepEqual(passage.start, { section: 3, offset: 2 });
  assert.deepEqual(passage.end, { section: 3, offset: new TextEncoder().encode(text).length - 1 });
});

test('every character that is not white space is in a passage, whatever the text', () => {
  const odd = [
    'x'.repeat(5000), '日本語の文。'.repeat(300), '👩‍👩‍👧'.repeat(200), 'a' + '\u0301'.repeat(500), `a${' '.repeat(3000)}b c${'\n'.repeat(3000)}d`,
    sentences(30), '1 '.repeat(2000), '…!?'.repeat(400), '\u3000全角　空白\u2028x\u0085y', 'The end" he said.) '.repeat(90),
  ];
  for (const maxTokens of [16, 17, 64, 400]) {
    for (const overlapTokens of [0, 3, Math.ceil(maxTokens / 2) - 1]) {
      for (const joinSections of [false, true]) {
        const sections = odd.map((text, index) => section(index * 2, 'a', text));
        const passages = chunk(sections, { maxTokens, overlapTokens, joinSections });
        const covered = sections.map(({ text }) => new Uint8Array(new TextEncoder().encode(text).length));
        for (const { text, start, end, tokens } of passages) {
          assert.ok(text.length > 0 && tokens <= maxTokens && tokens === estimateTokens(text), `${tokens} of ${maxTokens}`);
          for (let at = start.section; at <= end.section; at += 2) {
            const from = at === start.section ? start.offset : 0;
            covered[at / 2].fill(1, from, at === end.section ? end.offset : undefined);
          }
          if (start.section === end.section) {
            assert.equal(text, cut(odd[start.section / 2], start.offset, end.offset));
          } else {
            assert.ok(joinSections);
          }
        }
        covered.forEach((bytes, n) => {
          let byte = 0;
          for (const character of odd[n]) {
            assert.ok(bytes[byte] === 1 || /\s|\u0085/u.test(character), `${n}: ${JSON.stringify(character)} at ${byte}`);
            byte += new TextEncoder().encode(character).length;
          }
        });
        assert.deepEqual(chunk(sections, { maxTokens, overlapTokens, joinSections }), passages);
      }
    }
  }
});

test('no text gives no passages', () => {
  assert.deepEqual(chunk([], OPTIONS), []);
  assert.deepEqual(chunk([section(0, 'a', ''), section(1, 'b', ' \n\u3000')], OPTIONS), []);
});

test('what the contract does not allow is refused by its name', () => {
  const refused = (tag, sections, options, limits) =>
    assert.throws(() => chunk(sections, options, limits), (error) => error instanceof Refusal && error.tag === tag);
  refused('invalid', [], { ...OPTIONS, maxTokens: 15 });
  refused('invalid', [], { ...OPTIONS, maxTokens: 32_001 });
  refused('invalid', [], { ...OPTIONS, overlapTokens: 32 });
  refused('invalid', [section(1, 'a', 'x'), section(1, 'a', 'y')], OPTIONS);
  refused('too-large', [section(0, 'a', 'é'.repeat(6))], OPTIONS, { ...LIMITS, maxBytes: 11 });
  refused('too-large', [section(0, 'a', 'x'), section(1, 'b', 'y')], OPTIONS, { ...LIMITS, maxPassages: 1 });
  assert.equal(chunk([section(0, 'a', 'é'.repeat(6))], OPTIONS, { ...LIMITS, maxBytes: 12 }).length, 1);
});
