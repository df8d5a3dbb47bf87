// What the stage does: it counts the words that a text has in common with the query.

// How well a text answers a query: the part of the query's words that it has, 0 to 1.
export function score(query, text) {
  const [asked, has] = [words(query), words(text)];
  const common = [...asked].filter((word) => has.has(word));
  return common.length / Math.max(asked.size, 1);
}

function words(text) {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}
