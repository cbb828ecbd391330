/**
 * What the project says of itself. `kind` names how it is shown: a training run for each seed with bounds on what the
 * command line prints, models of several runs that must be the same bytes, runs killed again and again, or tests.
 * @typedef {{ name: string, claim: string, kind: 'training', train: string, seeds: number[], bounds: Bounds }} TrainingClaim
 * @typedef {{ l1Sum: number, logZError: number }} Bounds below these; logZError is |logZ − exactLogZ|
 * @typedef {{ name: string, claim: string, kind: 'same-models', train: string, variants: string[] }} SameModelsClaim
 * @typedef {{ name: string, claim: string, kind: 'kill-campaign', kills: number }} KillCampaignClaim
 * @typedef {{ name: string, claim: string, kind: 'service', seconds: number, connections: number, rate: number,
 *   path: string, delay: number }} ServiceClaim the example service while it trains and answers `rate` requests a
 *   second; `delay`: bound on the 99th percentile of the event loop's delay, in milliseconds
 * @typedef {{ name: string, claim: string, kind: 'tests', files: string, variables?: Record<string, string> }} TestsClaim
 * @typedef {{ name: string, claim: string, kind: 'fuzz', files: string, length: number }} FuzzClaim times the usual length
 * @typedef {{ name: string, claim: string, kind: 'sanitizers', sanitizers: string }} SanitizersClaim
 * @typedef {{ name: string, claim: string, kind: 'memory', minutes: number }} MemoryClaim
 */

const SEEDS = [1, 2, 3];
const LOG_Z_ERROR = 0.05;

const small = 'hypergrid --dimensions 2 --side 8 --steps 3000 --batch 16';
const large = 'hypergrid --dimensions 4 --side 8 --batch 128';

/** @returns {TrainingClaim} */
function training(name, claim, train, l1Sum) {
  return { name, claim, kind: 'training', train, seeds: SEEDS, bounds: { l1Sum, logZError: LOG_Z_ERROR } };
}

function large2000(objective, title) {
  const claim = `${title} on 8⁴, 2,000 steps of 128`;
  return training(`${objective}-8^4`, claim, `${large} --objective ${objective} --steps 2000`, 0.1);
}

/**
 * @type {readonly (TrainingClaim | SameModelsClaim | KillCampaignClaim | TestsClaim | ServiceClaim | FuzzClaim |
 *   SanitizersClaim | MemoryClaim)[]}
 */
export const claims = [
  training(
    'trajectory-balance-8x8',
    'Trajectory balance on 8², 3,000 steps of 16',
    `${small} --objective trajectory-balance`,
    0.005,
  ),
  training('flow-matching-8x8', 'Flow matching on 8², 3,000 steps of 16', `${small} --objective flow-matching`, 0.03),
  training(
    'beta-2-8x8',
    'β = 2 gives R² / Z: trajectory balance on 8², 3,000 steps of 16',
    `${small} --objective trajectory-balance --beta 2`,
    0.005,
  ),
  training(
    'trajectory-balance-8^4',
    'Trajectory balance on 8⁴, 1,000 steps of 128',
    `${large} --objective trajectory-balance --steps 1000`,
    0.15,
  ),
  large2000('flow-matching', 'Flow matching'),
  large2000('detailed-balance', 'Detailed balance'),
  large2000('vargrad', 'VarGrad'),
  large2000('sub-trajectory-balance', 'Sub-trajectory balance'),
  {
    name: 'threads',
    claim: 'Models do not depend on the number of threads: byte-identical with 1 and 2',
    kind: 'same-models',
    train: `${large} --objective trajectory-balance --learn-backward --steps 200 --seed 1`,
    variants: ['--threads 1', '--threads 2'],
  },
  {
    name: 'threads-flow-matching',
    claim: 'The same with flow matching',
    kind: 'same-models',
    train: `${large} --objective flow-matching --steps 200 --seed 1`,
    variants: ['--threads 1', '--threads 2'],
  },
  {
    name: 'kills',
    claim: 'Runs killed at 200 random moments and resumed end as runs left alone: every file byte-identical',
    kind: 'kill-campaign',
    kills: 200,
  },
  {
    name: 'parity',
    claim: 'Native and TypeScript agree: Philox words, environments, losses, gradients, operators',
    kind: 'tests',
    files:
      'test/trainer/parity.test.ts test/trainer/native-engine.test.ts test/env/native-parity.test.ts test/sampler/philox.test.ts test/model/interpreter',
  },
  {
    name: 'same-run',
    claim: 'Runs of one configuration are byte-identical',
    kind: 'tests',
    files: 'test/cli/end-to-end.test.ts',
  },
  {
    name: 'bad-usage',
    claim: 'The command line answers wrong input with a code and exit code 2',
    kind: 'tests',
    files: 'test/cli/bad-usage.test.ts',
  },
  {
    name: 'own-environment',
    claim: 'A module of 50 lines trains from the command line to l1Sum < 0.05, hosted and compiled to the same bytes',
    kind: 'tests',
    files: 'test/examples/examples.test.ts test/cli/environment-module.test.ts',
  },
  {
    name: 'metropolis-hastings',
    claim: 'Metropolis–Hastings draws from R^β / Z',
    kind: 'tests',
    files: 'test/baseline',
  },
  {
    name: 'service',
    claim:
      'The example service under load, while a job trains in its process: no failed request, no blocked event loop',
    kind: 'service',
    seconds: 15,
    connections: 20,
    rate: 1000,
    path: '/sample?n=100',
    delay: 20,
  },
  {
    name: 'bundlers',
    claim: 'The package works in worker threads, through require and in bundles of esbuild and tsup',
    kind: 'tests',
    files: 'test/embedding',
  },
  {
    name: 'tensorboard',
    claim:
      'TensorBoard shows what training reported (skipped without GFLOWNET_PYTHON); logs are continued byte for byte',
    kind: 'tests',
    files: 'test/log',
  },
  {
    name: 'package',
    claim: 'What npm pack makes installs into an empty project and trains, with its own binary or compiled there',
    kind: 'tests',
    files: 'test/package',
    variables: { GFLOWNET_TEST_COMPILE: '1' },
  },
  {
    name: 'fuzz',
    claim: 'Model files, options and command lines, whatever they hold, end well or with a documented code',
    kind: 'fuzz',
    files: 'test/fuzz',
    length: 20,
  },
  {
    name: 'address-sanitizer',
    claim: 'The native parts run clean under AddressSanitizer and UndefinedBehaviorSanitizer',
    kind: 'sanitizers',
    sanitizers: 'address,undefined',
  },
  {
    name: 'thread-sanitizer',
    claim: 'The native parts run clean under ThreadSanitizer',
    kind: 'sanitizers',
    sanitizers: 'thread',
  },
  {
    name: 'memory',
    claim:
      'A process that trains, samples, streams and evaluates for an hour, with rewards of its own, takes no more memory at its end',
    kind: 'memory',
    minutes: 60,
  },
];
