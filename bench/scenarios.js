import { bitSequence, flowMatching, hypergrid, trajectoryBalance } from '../dist/index.js';

/**
 * What is timed: training steps of one configuration, 256×256 hidden units.
 * @typedef {object} Scenario
 * @property {string} name
 * @property {import('../dist/index.js').Environment} environment
 * @property {import('../dist/index.js').Objective} objective
 * @property {boolean} learnBackward
 * @property {number} batchSize trajectories of a step
 */

/** Hypergrids have R0 = 0.1, R1 = 0.5, R2 = 2. @type {readonly Scenario[]} */
export const scenarios = [
  {
    name: 'hypergrid-8x8',
    environment: hypergrid({ dimensions: 2, side: 8 }),
    objective: trajectoryBalance(),
    learnBackward: true,
    batchSize: 16,
  },
  {
    name: 'hypergrid-16^4',
    environment: hypergrid({ dimensions: 4, side: 16 }),
    objective: trajectoryBalance(),
    learnBackward: true,
    batchSize: 16,
  },
  {
    name: 'hypergrid-8^4-batch-128',
    environment: hypergrid({ dimensions: 4, side: 8 }),
    objective: trajectoryBalance(),
    learnBackward: true,
    batchSize: 128,
  },
  {
    name: 'hypergrid-8^4-flow-matching',
    environment: hypergrid({ dimensions: 4, side: 8 }),
    objective: flowMatching(),
    learnBackward: false,
    batchSize: 16,
  },
  {
    name: 'bit-sequence-8',
    environment: bitSequence({ length: 8, wordBits: 2 }),
    objective: trajectoryBalance(),
    learnBackward: true,
    batchSize: 16,
  },
];

/** The scenarios of a list of names like `a,b`; all of them without one. Throws for a name that there is not. */
export function chosenScenarios(/** @type {string | undefined} */ names) {
  if (names === undefined) return scenarios;
  return names.split(',').map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found !== undefined) return found;
    throw new RangeError(`scenario: expected ${scenarios.map((each) => each.name).join(', ')}, got ${name}`);
  });
}
