// How the stage refuses a call: what is thrown is the contract's error, which Serene passes on. None of them repeats a text.

// The call breaks a rule of the contract or of the stage. Extras are facts: pairs of a name and a value.
export function invalid(message, extras = []) {
  return { tag: "invalid", val: { message, providerStatus: undefined, extras } };
}

// Refuses what is over a limit, and says by how much.
export function within(what, limit, actual) {
  if (actual > limit) {
    const message = `There are ${actual} ${what}, and at most ${limit} are taken.`;
    const extras = [["limit", `${limit}`], ["actual", `${actual}`]];
    throw { tag: "too-large", val: { message, providerStatus: undefined, extras } };
  }
}
