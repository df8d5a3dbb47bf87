import assert from "node:assert";
import test from "node:test";

import { cut } from "./work.js";

test("every word is in a piece and none is too long", () => {
  const text = "Anna waited in the garden for 17 minutes. ".repeat(40);
  const pieces = [...cut(text, 16, 4)];
  assert.ok(pieces.length > 10);
  assert.deepEqual([pieces[0].start, pieces.at(-1).end], [0, text.length]);
  pieces.forEach((piece, n) => {
    assert.ok(piece.tokens <= 16);
    assert.ok(n === 0 || (pieces[n - 1].start < piece.start && piece.start < pieces[n - 1].end));
  });
});

test("places are bytes of UTF-8", () => {
  const text = "é日🦀".repeat(60);
  for (const piece of cut(text, 16, 4)) {
    assert.equal(Buffer.from(text).subarray(piece.start, piece.end).toString(), piece.text);
  }
});

test("white space is no piece", () => {
  assert.deepEqual([...cut(" \n ", 16, 4)], []);
});
