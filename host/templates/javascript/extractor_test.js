import assert from "node:assert";
import test from "node:test";

import { read } from "./work.js";

const PDF = `%PDF-1.4
1 0 obj << /Type /Pages /Kids [2 0 R 3 0 R] >> endobj
2 0 obj << /Type /Page /Contents 4 0 R >> endobj
3 0 obj << /Type /Page >> endobj
4 0 obj << >> stream BT (Anna waited.) Tj 0 -14 Td (Ben came.) Tj ET endstream endobj`;

test("each page has its lines", () => {
  assert.deepEqual(read(PDF), ["Anna waited.\nBen came.", ""]);
});

test("what cannot be read is refused with its reason", () => {
  const blank = "%PDF-1.4 1 0 obj << /Type /Page >> endobj";
  for (const [pdf, reason] of [["A letter.", "not-a-document"], ["%PDF-1.4", "broken"], [blank, "no-text"]]) {
    assert.throws(() => read(pdf), { reason });
  }
});
