// Serene's side of the stage: what it is called, what it takes, and when it refuses.

import { invalid, within } from "./refusals.js";
import { answer, tokens } from "./work.js";

const NAME = "{{name}}";
const VERSION = "0.1.0";
// What writes the answers.
const MODEL = "first-sentence";
// The most tokens of all messages.
const MAX_INPUT_TOKENS = 100_000;
// The most tokens of an answer.
const MAX_OUTPUT_TOKENS = 4_000;

export const generator = {
  async describe(ctx) {
    const stage = { name: NAME, version: VERSION, extras: [] };
    return { stage, model: MODEL, maxInputTokens: MAX_INPUT_TOKENS, maxOutputTokens: MAX_OUTPUT_TOKENS };
  },

  async generate(ctx, { messages, schema, maxOutputTokens }) {
    const spent = messages.reduce((sum, { content }) => sum + tokens(content), 0);
    within("tokens in the messages", MAX_INPUT_TOKENS, spent);
    const said = messages.findLast(({ role }) => role === "user");
    if (said === undefined) {
      throw invalid("There is no message of a user.");
    }
    const content = JSON.stringify(answer(parsed(schema), said.content));
    const written = tokens(content);
    if (written > (maxOutputTokens ?? MAX_OUTPUT_TOKENS)) {
      const message = "The answer is longer than asked for.";
      throw { tag: "failed", val: { message, providerStatus: undefined, extras: [["reason", "cut-off"]] } };
    }
    return { content, model: MODEL, usage: [["input-tokens", `${spent}`], ["output-tokens", `${written}`]] };
  },
};

function parsed(schema) {
  let root = null;
  try {
    root = JSON.parse(schema);
  } catch {
    // Refused below, like whatever else is no object.
  }
  if (root === null || typeof root !== "object" || Array.isArray(root)) {
    throw invalid("The schema is no JSON object.");
  }
  return root;
}
