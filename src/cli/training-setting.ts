import { checkpointDefaults } from '../checkpoint/checkpoint-options.ts';
import { trainerDefaults } from '../index.ts';
import { logFormats } from './run-logger.ts';
import { parseConditions } from './condition-option.ts';
import { parseInteger, parseIntegers, parseNumber, parseSchedule, parseText, scheduleText } from './parse-value.ts';
import { MODE_SCORE } from '../molecule/seen/seen-options.ts';
import type { Schedule } from '../trainer/schedule.ts';
import type { Setting } from './setting.ts';

export const DEFAULT_STEPS = 3000;

/**
 * Learning rates that fall to almost nothing over the run: on the grids l1Sum ends several times lower than at any
 * constant rate. Only a run knows its number of steps, so the trainer itself has constant defaults.
 */
export function defaultLearningRates(steps: number): { learningRate: Schedule; learningRateLogZ: Schedule } {
  return {
    learningRate: { kind: 'cosine', start: 3e-3, end: 1e-5, steps },
    learningRateLogZ: { kind: 'cosine', start: 0.1, end: 1e-3, steps },
  };
}

const { learningRate, learningRateLogZ } = defaultLearningRates(DEFAULT_STEPS);

/** A default schedule in words: it lasts as long as the run. */
function overTheRun(schedule: Schedule): string {
  return scheduleText(schedule).replace(/\d+$/, 'STEPS over all steps');
}

const schedules = 'a number, or KIND:START:END:STEPS with KIND linear, cosine or exponential';

/** How long a run is and how often it is looked at: options of `train` rather than of the trainer. */
export const runSettings: readonly Setting[] = [
  {
    key: 'steps',
    flag: '--steps <integer>',
    description: 'optimiser updates',
    defaultText: String(DEFAULT_STEPS),
    parse: parseInteger,
  },
  {
    key: 'reportEvery',
    flag: '--report-every <integer>',
    description: 'steps between two lines of metrics.jsonl',
    defaultText: 'a five-hundredth of the steps',
    parse: parseInteger,
  },
  {
    key: 'evaluateEvery',
    flag: '--evaluate-every <integer>',
    description: 'steps between two computations of the exact l1Sum; 0: only at the end',
    defaultText: 'a twentieth of the steps up to 10000 terminal states, else 0',
    parse: parseInteger,
  },
  {
    key: 'evaluationSamples',
    flag: '--evaluation-samples <integer>',
    description:
      'samples of the evaluation at the end; its correlation takes a tenth as many objects, ten trajectories each',
    defaultText: '200000 where states can be enumerated, else up to 10000; 1000 objects of a test set',
    parse: parseInteger,
  },
  {
    key: 'checkpointEvery',
    flag: '--checkpoint-every <integer>',
    description: 'steps between two checkpoints; 0: only before the first step and after the last one',
    defaultText: String(checkpointDefaults.every),
    parse: parseInteger,
  },
  {
    key: 'keepCheckpoints',
    flag: '--keep-checkpoints <integer>',
    description: 'latest checkpoints kept',
    defaultText: String(checkpointDefaults.keep),
    parse: parseInteger,
  },
  {
    key: 'modeScore',
    flag: '--mode-score <number>',
    description: 'of molecules: R(x) above which one may be a mode',
    defaultText: String(MODE_SCORE),
    parse: parseNumber,
  },
  {
    key: 'log',
    flag: '--log <formats>',
    description: `logs beside metrics.jsonl, separated by commas: ${logFormats.join(', ')}`,
    defaultText: 'none',
    parse: (_, text) => text.split(','),
  },
];

/** Options of the trainer, by their names in the configuration, which are those of the library. */
export const trainerSettings: readonly Setting[] = [
  {
    key: 'batchSize',
    flag: '--batch <integer>',
    description: 'trajectories of a step',
    defaultText: String(trainerDefaults.batchSize),
    parse: parseInteger,
  },
  {
    key: 'seed',
    flag: '--seed <integer>',
    description: 'seed of parameters and trajectories',
    defaultText: String(trainerDefaults.seed),
    parse: parseInteger,
  },
  {
    key: 'backend',
    flag: '--backend <name>',
    description: 'native or typescript',
    defaultText: trainerDefaults.backend,
    parse: parseText,
  },
  {
    key: 'threads',
    flag: '--threads <integer>',
    description: 'threads of the native backend; results do not depend on it',
    defaultText: 'the processors that are available',
    parse: parseInteger,
  },
  {
    key: 'memoryBytes',
    flag: '--memory-bytes <integer>',
    description: 'memory that the states of a batch may take; larger batches are processed in parts',
    defaultText: 'half of what is free',
    parse: parseInteger,
  },
  {
    key: 'hidden',
    flag: '--hidden <integers>',
    description: 'widths of the hidden layers, like 256,256; none: a linear model',
    defaultText: trainerDefaults.hidden.join(','),
    parse: parseIntegers,
  },
  {
    key: 'activation',
    flag: '--activation <name>',
    description: 'activation of the hidden layers: relu, leaky-relu, elu, tanh, gelu',
    defaultText: trainerDefaults.activation,
    parse: parseText,
  },
  {
    key: 'learnBackward',
    flag: '--learn-backward',
    description: 'learn the backward policy P_B instead of a uniform one',
    defaultText: String(trainerDefaults.learnBackward),
  },
  {
    key: 'beta',
    flag: '--beta <number>',
    description: 'reward exponent β: the target is R(x)^β / Z',
    defaultText: String(trainerDefaults.beta),
    parse: parseNumber,
  },
  {
    key: 'exploration',
    flag: '--exploration <schedule>',
    description: `ε, probability of a uniformly drawn action: ${schedules}`,
    defaultText: scheduleText(trainerDefaults.exploration),
    parse: parseSchedule,
  },
  {
    key: 'temperature',
    flag: '--temperature <schedule>',
    description: 'divides the logits of the sampling policy',
    defaultText: scheduleText(trainerDefaults.temperature),
    parse: parseSchedule,
  },
  {
    key: 'learningRate',
    flag: '--learning-rate <schedule>',
    description: 'learning rate of Adam',
    defaultText: overTheRun(learningRate),
    parse: parseSchedule,
  },
  {
    key: 'learningRateLogZ',
    flag: '--learning-rate-log-z <schedule>',
    description: 'learning rate of logZ (trajectory balance)',
    defaultText: overTheRun(learningRateLogZ),
    parse: parseSchedule,
  },
  {
    key: 'rewardDelay',
    flag: '--reward-delay <integer>',
    description: 'batches whose rewards may be under way while others are sampled',
    defaultText: String(trainerDefaults.rewardDelay),
    parse: parseInteger,
  },
  {
    key: 'weightDecay',
    flag: '--weight-decay <number>',
    description: 'decoupled weight decay',
    defaultText: String(trainerDefaults.weightDecay),
    parse: parseNumber,
  },
  {
    key: 'clip',
    flag: '--clip <number>',
    description: 'largest global norm of the gradient; 0: no clipping',
    defaultText: String(trainerDefaults.clip),
    parse: parseNumber,
  },
  {
    key: 'conditions',
    flag: '--conditions <distribution>',
    description:
      'how conditions are drawn: uniform:0:1, log-uniform:1:8, list:0/0.5/1, dirichlet:1.5, or temperature:0.5:4 to make β one',
    defaultText: 'as the environment says, if it has conditions',
    parse: parseConditions,
  },
];
