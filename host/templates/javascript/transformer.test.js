import assert from "node:assert";
import test from "node:test";

import { hideAddresses } from "./stage.js";

test("addresses are hidden and everything else is kept", () => {
  assert.equal(hideAddresses("Write to\nanna@example.com  today."), "Write to\n[e-mail]  today.");
  for (const text of ["", " ", "no address", "@ at 5", "日本語\t🦀"]) {
    assert.equal(hideAddresses(text), text);
  }
});
