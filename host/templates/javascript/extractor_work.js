// What the stage does: it reads PDFs of the simplest kind, whose text is neither compressed nor in an encoding of its own. Put a library here.

// A document that is not read, by a reason of the contract.
export class Refused extends Error {
  constructor(reason, message) {
    super(message);
    this.reason = reason;
  }
}

// The text of each page, empty where a page has none. Pages are taken in the order of the file, whose bytes are the characters of `pdf`.
export function read(pdf) {
  if (!pdf.startsWith("%PDF-")) {
    throw new Refused("not-a-document", "The bytes are no PDF.");
  }
  // `4 0 obj … endobj` is object 4.
  const objects = new Map();
  for (const [, number, object] of pdf.matchAll(/(\d+) \d+ obj\b(.*?)endobj/gs)) {
    objects.set(number, object);
  }
  const pages = [...objects.values()].filter((object) => /\/Type\s*\/Page\b/.test(object));
  if (pages.length === 0) {
    throw new Refused("broken", "The PDF has no page that can be found.");
  }
  const texts = pages.map((page) => shown(objects.get(page.match(/\/Contents (\d+)/)?.[1])));
  if (texts.every((text) => text === "")) {
    throw new Refused("no-text", "The PDF has no text that this stage can read. Use one that does more.");
  }
  return texts;
}

// What a page shows: each `(text) Tj` is a line.
function shown(content = "") {
  return [...content.matchAll(/\(([^()]*)\)\s*Tj/g)].map(([, text]) => text).join("\n");
}
