import assert from "node:assert";
import test from "node:test";

import { score } from "./work.js";

test("a text scores by the words of the query that it has", () => {
  assert.equal(score("Who waited?", "Anna waited."), 0.5);
  assert.equal(score("Who waited?", "Nobody."), 0);
  assert.equal(score("…", "Anna"), 0);
});
