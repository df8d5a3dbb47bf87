// The component: `turns.js` behind `serene:chunker`.

import { chunk, LIMITS, Refusal } from './turns.js';

export const chunker = {
  async describe() {
    // What was computed is remembered under both: give a changed stage a new version, or another name.
    const stage = { name: 'chunker-turns', version: '0.1.0', extras: [] };
    return { stage, maxBytes: LIMITS.maxBytes, maxPassages: LIMITS.maxPassages };
  },

  async chunk(context, sections, options) {
    try {
      return chunk(sections, options);
    } catch (error) {
      // What is thrown is the error case. Anything else than a refusal is a mistake of this stage.
      const refused = error instanceof Refusal;
      const fault = {
        message: refused ? error.message : `The chunker broke: ${error.name}.`,
        providerStatus: undefined,
        extras: refused ? error.extras : [],
      };
      throw { tag: refused ? error.tag : 'failed', val: fault };
    }
  },
};
