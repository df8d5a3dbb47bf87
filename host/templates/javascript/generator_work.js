// What the stage does: it fills a schema, each text of it with the first sentence of what was said. Put a model here.

import { utf8Length } from "./utf8.js";

// About how many tokens a text has: four bytes each.
export function tokens(text) {
  return Math.ceil(utf8Length(text) / 4);
}

// The smallest value that satisfies a JSON Schema of the keywords that Serene uses.
export function answer(schema, said) {
  const [sentence] = said.trim().match(/^[^.!?\n]*[.!?]?/);
  return fill(schema, schema, sentence);
}

function fill(schema, root, sentence) {
  if (schema.$ref !== undefined) {
    const names = schema.$ref.replace("#/", "").split("/");
    return fill(names.reduce((at, name) => at[name] ?? {}, root), root, sentence);
  }
  if (schema.enum !== undefined) {
    return schema.enum[0];
  }
  switch (schema.type) {
    case "object": {
      const filled = (name) => [name, fill(schema.properties?.[name] ?? {}, root, sentence)];
      return Object.fromEntries((schema.required ?? []).map(filled));
    }
    case "array":
      return [];
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return sentence;
  }
}
