import assert from "node:assert";
import test from "node:test";

import { answer } from "./work.js";

const SCHEMA = {
  type: "object",
  required: ["mood", "person", "turns", "points"],
  properties: {
    mood: { enum: ["calm", "tense"] },
    person: { $ref: "#/$defs/person" },
    turns: { type: "integer" },
    points: { type: "array" },
    other: { type: "string" },
  },
  $defs: { person: { type: "object", required: ["said"], properties: { said: { type: "string" } } } },
};

test("what is required is there and a text is the first sentence", () => {
  const expected = { mood: "calm", person: { said: "I waited." }, turns: 0, points: [] };
  assert.deepEqual(answer(SCHEMA, " I waited. You were late."), expected);
});
