// Serene's side of the stage: what it is called, what it takes, and when it refuses.

import { invalid, within } from "./refusals.js";
import { read, Refused } from "./work.js";

const NAME = "{{name}}";
// What was read is remembered under the version and the model: raise it when the results change.
const VERSION = "0.1.0";
const MODEL = "plain-pdf";
// What it reads: PDF is what Serene sends.
const MEDIA_TYPE = "application/pdf";
// The largest document, in bytes; all of it is held in memory.
const MAX_BYTES = 4 * 1024 * 1024;
// The most pages of a document.
const MAX_PAGES = 2_000;

export const extractor = {
  async describe(ctx) {
    return {
      stage: { name: NAME, version: VERSION, extras: [] },
      mediaTypes: [MEDIA_TYPE],
      model: MODEL,
      maxBytes: MAX_BYTES,
      maxPages: MAX_PAGES,
      prefersUrl: false,
    };
  },

  async extract(ctx, { mediaType, source }) {
    const unsupported = [["reason", "unsupported-media-type"]];
    if (mediaType !== MEDIA_TYPE) {
      throw invalid("Only application/pdf is read.", unsupported);
    }
    if (source.tag !== "content") {
      throw invalid("Documents are read as content, not by URL.", unsupported);
    }
    const content = await whole(source.val);
    const texts = pagesOf(content);
    within("pages in the document", MAX_PAGES, texts.length);
    const pages = texts.map((markdown, index) => ({ index, markdown }));
    return { pages, model: MODEL, usage: [["bytes", `${content.length}`]] };
  },
};

// Reads the stream as it arrives, to its end: each byte becomes a character.
async function whole({ bytes, outcome }) {
  const parts = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    within("bytes in the document", MAX_BYTES, length);
    parts.push(Array.from(part, (byte) => String.fromCharCode(byte)).join(""));
  }
  // Only this tells a whole document from one that broke off.
  const ended = await outcome.read();
  if (ended.tag === "err") {
    throw ended.val;
  }
  return parts.join("");
}

function pagesOf(content) {
  try {
    return read(content);
  } catch (error) {
    throw error instanceof Refused ? invalid(error.message, [["reason", error.reason]]) : error;
  }
}
