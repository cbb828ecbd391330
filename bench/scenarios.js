import {
  bitSequence,
  detailedBalance,
  flowMatching,
  hypergrid,
  hypergrid2021,
  ising,
  subTrajectoryBalance,
  trajectoryBalance,
  varGrad,
} from '../dist/index.js';

/**
 * What is timed: training steps of one configuration.
 * @typedef {object} Scenario
 * @property {string} name
 * @property {import('../dist/index.js').Environment} environment
 * @property {import('../dist/index.js').Objective} objective
 * @property {boolean} learnBackward
 * @property {number} batchSize trajectories of a step
 * @property {readonly number[]} hidden widths of the hidden layers
 */

/** R0 = 0.1, R1 = 0.5, R2 = 2. */
const grid = (/** @type {number} */ side, /** @type {number} */ dimensions) => hypergrid({ dimensions, side });
const bits = (/** @type {number} */ length, /** @type {number} */ wordBits) => bitSequence({ length, wordBits });
const spins = (/** @type {number} */ side) => ising({ side });

/** @typedef {Partial<Pick<Scenario, 'objective' | 'learnBackward' | 'hidden'>>} Difference */

/**
 * Name without the batch, environment, batch sizes, and what is not trajectory balance with a learned P_B and a
 * 256×256 network.
 * @type {readonly [string, import('../dist/index.js').Environment, readonly number[], Difference?][]}
 */
const table = [
  ['hypergrid-8x2', grid(8, 2), [16, 128, 512]],
  ['hypergrid-16x4', grid(16, 4), [16, 128, 512]],
  ['hypergrid-20x4', grid(20, 4), [16]],
  ['ising-6x6', spins(6), [16]],
  ['bit-sequence-8-2', bits(8, 2), [16, 128]],
  ['hypergrid-8x4-fm', grid(8, 4), [16], { objective: flowMatching(), learnBackward: false }],
  // The environment of the code of 2021, whose trajectories also end at a last cell.
  [
    'hypergrid-2021-8x4-fm',
    hypergrid2021({ dimensions: 4, side: 8 }),
    [16],
    { objective: flowMatching(), learnBackward: false },
  ],
  ['hypergrid-8x4', grid(8, 4), [16, 128]],
  ['hypergrid-8x4-db', grid(8, 4), [16], { objective: detailedBalance() }],
  ['hypergrid-8x4-vargrad', grid(8, 4), [16], { objective: varGrad() }],
  ['hypergrid-8x4-subtb', grid(8, 4), [16], { objective: subTrajectoryBalance() }],
  ['hypergrid-16x4-width64', grid(16, 4), [128], { hidden: [64, 64] }],
  ['hypergrid-16x4-width512', grid(16, 4), [128], { hidden: [512, 512] }],
  // What is left of a step when the network costs nothing.
  ['hypergrid-16x4-width1', grid(16, 4), [16], { hidden: [1, 1] }],
  ['ising-6x6-width1', spins(6), [16], { hidden: [1, 1] }],
  ['bit-sequence-8-2-width1', bits(8, 2), [16], { hidden: [1, 1] }],
  [
    'hypergrid-2021-8x4-fm-width1',
    hypergrid2021({ dimensions: 4, side: 8 }),
    [16],
    { objective: flowMatching(), learnBackward: false, hidden: [1, 1] },
  ],
  ['ising-10x10', spins(10), [16]],
  ['bit-sequence-120-8', bits(120, 8), [16]],
];

/** @type {readonly Scenario[]} */
export const scenarios = table.flatMap(([name, environment, batchSizes, difference]) =>
  batchSizes.map((batchSize) => ({
    name: `${name}-b${batchSize}`,
    environment,
    objective: trajectoryBalance(),
    learnBackward: true,
    hidden: [256, 256],
    ...difference,
    batchSize,
  })),
);

/** The scenarios of a list of names like `a,b`. Throws for a name that there is not. */
export function chosenScenarios(/** @type {string} */ names) {
  return names.split(',').map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found !== undefined) return found;
    throw new RangeError(`scenario: expected ${scenarios.map((each) => each.name).join(', ')}, got ${name}`);
  });
}
