import { parseArgs } from 'node:util';
import { chosenScenarios, scenarios } from './scenarios.js';

const DEFAULT_SECONDS = '6';

/** What is measured apart from scenarios, by its option. */
export const sections = /** @type {const} */ ([
  'scaling',
  'memory',
  'sampling',
  'start-up',
  'event-loop',
  'own-environment',
  'late-rewards',
  'micro',
  'products',
  'typescript-profile',
  'reference',
]);
/** @typedef {typeof sections[number]} Section */

export const usage = `npm run bench -- [options]
  --scenario NAME,NAME  scenarios to time; default all, or none beside one of the sections below:
                        ${scenarios.map((scenario) => scenario.name).join('\n                        ')}
  --peers               time gfnx, torchgfn and a plain PyTorch loop beside (Python 3.11 or 3.12; makes virtual
                        environments in a cache folder)
  --scaling             time and memory of a step against batch, trajectory length, dimensions, side, width and
                        threads
  --memory              memory of a long run
  --sampling            trajectories a second from the API, and the event loop's delay meanwhile
  --start-up            importing the package and the first training step, in a new process
  --event-loop          the longest time for which calls that take long hold the event loop
  --own-environment     an environment built in, compiled to a table, and hosted in JavaScript
  --late-rewards        a slow reward function, with and without batches under way
  --micro               single calls
  --products            ONNX Runtime's product of few rows with a 256×256 matrix
  --typescript-profile  where the TypeScript path's time goes
  --reference           the TypeScript path's matrix product against the same loop in C++ (g++)
  --seconds S           for the rounds of each scenario and for --memory, default ${DEFAULT_SECONDS}
  --html FILE           also write the scenarios' results as a chart
  --json                one JSON object on standard output, tables on standard error`;

/**
 * The request that arguments make. Throws RangeError or TypeError for bad usage.
 * @param {readonly string[]} args
 */
export function requestOf(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      peers: { type: 'boolean', default: false },
      seconds: { type: 'string', default: DEFAULT_SECONDS },
      html: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(sections.map((name) => [name, /** @type {const} */ ({ type: 'boolean', default: false })])),
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new RangeError(`seconds: expected a number above 0, at most 3600, got ${values.seconds}`);
  }
  const flags = /** @type {Readonly<Record<string, unknown>>} */ (values);
  const chosenSections = sections.filter((name) => flags[name]);
  const chosen =
    values.scenario === undefined ? (chosenSections.length > 0 ? [] : scenarios) : chosenScenarios(values.scenario);
  if (values.html !== undefined && chosen.length === 0) {
    throw new RangeError('html: expected scenarios to draw, got none; name them with --scenario');
  }
  if (values.peers && chosen.length === 0) {
    throw new RangeError('peers: expected scenarios to time, got none; name them with --scenario');
  }
  const { peers, html, json, help } = values;
  return { chosen, sections: chosenSections, peers, seconds, html, json, help };
}
