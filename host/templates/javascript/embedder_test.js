import assert from "node:assert";
import test from "node:test";

import { DIMENSIONS, embed, words } from "./work.js";

function near(one, other) {
  const vector = embed(words(other));
  return embed(words(one)).reduce((sum, x, at) => sum + x * vector[at], 0);
}

test("vectors have length 1", () => {
  for (const text of ["", "…", "A walk in the garden"]) {
    assert.equal(embed(words(text)).length, DIMENSIONS);
    assert.ok(Math.abs(near(text, text) - 1) < 1e-6);
  }
});

test("texts that share words are near", () => {
  assert.ok(near("a walk in the garden", "The garden") > near("a walk in the garden", "overdue bills"));
});
