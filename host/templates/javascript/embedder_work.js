// What the stage does: it counts words, each in the dimension that its hash names.

// Numbers in each vector.
export const DIMENSIONS = 256;

export function words(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

// A vector of length 1: texts that share words are near.
export function embed(words) {
  const vector = Array(DIMENSIONS).fill(0);
  // A text without words has a place, too.
  vector[0] = 0.01;
  for (const word of words) {
    vector[1 + (hash(word) % (DIMENSIONS - 1))] += 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}

// FNV-1a, the same on every machine.
function hash(word) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
