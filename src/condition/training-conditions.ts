import type { Environment } from '../env/environment.ts';
import { EXPONENTS, TemperedEnvironment, type TemperatureCondition } from '../env/tempered-environment.ts';
import { GfnError } from '../error.ts';
import { badArgument, integerOption, numberOption, rejectUnknown } from '../options.ts';
import { conditionSizeOf } from './condition.ts';
import {
  conditionDistributionOption,
  type ConditionDistribution,
  type ResolvedConditionDistribution,
} from './condition-distribution.ts';

/** The reward exponent β as a condition. */
export interface TemperatureOptions {
  /** Smallest and largest β, above 0. */
  readonly minimum: number;
  readonly maximum: number;
  /** Numbers of the thermometer by which the model sees β, default 32; 0: it sees log β. */
  readonly bins?: number;
}

/** The conditions that a model is trained under. */
export interface TrainingConditions {
  /** How they are drawn; default: as the environment says, or of a temperature uniformly from its range. */
  readonly distribution?: ConditionDistribution;
  /**
   * Trajectories of a batch, one after the other, that share a condition: default 1; with VarGrad, whose log Z is a mean
   * over the trajectories of a condition, 8, and at least 2.
   */
  readonly trajectoriesPerCondition?: number;
  /** Make β the condition, in an environment without one: the target is then R(x)^β under each. */
  readonly temperature?: TemperatureOptions;
}

/** Conditions with all defaults filled in. */
export interface ResolvedTrainingConditions {
  readonly distribution: ResolvedConditionDistribution;
  readonly trajectoriesPerCondition: number;
  readonly temperature: TemperatureCondition | null;
}

/** The environment to train in, and the conditions; null where there are none. */
export interface ConditionedTraining {
  readonly environment: Environment;
  readonly conditions: ResolvedTrainingConditions | null;
}

/** Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_CONDITION. */
export function trainingConditions(
  value: TrainingConditions | undefined,
  environment: Environment,
  objective: string,
  batchSize: number,
): ConditionedTraining {
  const given: TrainingConditions = value ?? {};
  rejectUnknown('conditions', given, ['distribution', 'trajectoriesPerCondition', 'temperature']);
  // A configuration that was written down has null where none was given.
  const temperature = (given.temperature ?? null) === null ? null : temperatureOption(given.temperature, environment);
  const conditioned =
    temperature === null ? environment : new TemperedEnvironment(untempered(environment), temperature);
  const { condition } = conditioned;
  if (condition === undefined) {
    if (value === undefined) return { environment, conditions: null };
    throw new GfnError(
      'ERR_CONDITION',
      `conditions: expected none for ${environment.name}, which has no condition, or a temperature to be one`,
    );
  }
  const distribution = given.distribution ?? condition.distribution;
  if (distribution === null) {
    return badArgument('conditions.distribution', `a distribution, since ${environment.name} names none`, undefined);
  }
  const resolved = conditionDistributionOption('conditions.distribution', distribution, condition);
  const grouped = objective === 'vargrad';
  return {
    environment: conditioned,
    conditions: {
      distribution: resolved,
      trajectoriesPerCondition: integerOption(
        'conditions.trajectoriesPerCondition',
        given.trajectoriesPerCondition ?? (grouped ? Math.max(2, Math.min(8, batchSize)) : 1),
        grouped ? 2 : 1,
        2 ** 20,
      ),
      temperature,
    },
  };
}

/** That of a trainer's resolved options has the temperature already. */
function untempered(environment: Environment): Environment {
  return environment instanceof TemperedEnvironment ? environment.base : environment;
}

function temperatureOption(value: unknown, environment: Environment): TemperatureCondition {
  if (conditionSizeOf(untempered(environment)) > 0) {
    badArgument('conditions.temperature', `none for ${environment.name}, which has a condition of its own`, value);
  }
  return temperatureCondition('conditions.temperature', value);
}

/** Checks a range of β. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function temperatureCondition(name: string, value: unknown): TemperatureCondition {
  if (typeof value !== 'object' || value === null) {
    return badArgument(name, 'an object like { minimum: 0.5, maximum: 4 }', value);
  }
  rejectUnknown(name, value, ['minimum', 'maximum', 'bins']);
  const { minimum, maximum, bins } = value as { minimum?: unknown; maximum?: unknown; bins?: unknown };
  const least = numberOption(`${name}.minimum`, minimum, EXPONENTS.minimum, EXPONENTS.maximum);
  const most = numberOption(`${name}.maximum`, maximum, least, EXPONENTS.maximum);
  const numbers = integerOption(`${name}.bins`, bins ?? 32, 0, 1024);
  if (numbers > 0 && most === least) {
    badArgument(`${name}.maximum`, 'a number above the minimum for a thermometer', most);
  }
  return { minimum: least, maximum: most, bins: numbers };
}
