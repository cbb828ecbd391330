import { badArgument, choiceOption, numberOption, rejectUnknown } from '../options.ts';
import type {
  DetailedBalance,
  FlowMatching,
  Objective,
  SubTrajectoryBalance,
  TrajectoryBalance,
  VarGrad,
} from './objective.ts';
import type { RegressionLoss } from './regression-loss.ts';

const squared: RegressionLoss = { kind: 'squared' };
const plainLosses = ['squared', 'half-squared', 'absolute', 'log-cosh', 'shifted-cosh'] as const;

/** Checks a regression loss. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function regressionLossOption(name: string, value: unknown): RegressionLoss {
  if (typeof value !== 'object' || value === null || !('kind' in value)) {
    return badArgument(name, "an object like { kind: 'squared' }", value);
  }
  const given: Readonly<Record<string, unknown>> = { ...value };
  const kind = choiceOption(`${name}.kind`, given.kind, [...plainLosses, 'huber', 'linex'] as const);
  if (kind === 'huber') {
    rejectUnknown(name, value, ['kind', 'delta']);
    return { kind, delta: numberOption(`${name}.delta`, given.delta ?? 1, 1e-9, 1e9) };
  }
  if (kind === 'linex') {
    rejectUnknown(name, value, ['kind', 'alpha']);
    const alpha = numberOption(`${name}.alpha`, given.alpha ?? 1, -1e3, 1e3);
    if (alpha === 0) badArgument(`${name}.alpha`, 'a number other than 0', alpha);
    return { kind, alpha };
  }
  rejectUnknown(name, value, ['kind']);
  return { kind };
}

const weightings = [
  'geometric-within',
  'geometric',
  'equal-within',
  'equal',
  'trajectory-balance',
  'detailed-balance',
  'modified-detailed-balance',
] as const;

/**
 * Flow matching (Bengio et al. 2021). Defaults: flowEpsilon 1e-6, leafCoefficient 1, weighting 'mean', squared loss.
 */
export function flowMatching(options: Partial<Omit<FlowMatching, 'name'>> = {}): FlowMatching {
  rejectUnknown('flow matching', options, ['flowEpsilon', 'leafCoefficient', 'weighting', 'regressionLoss']);
  return {
    name: 'flow-matching',
    flowEpsilon: numberOption('flowEpsilon', options.flowEpsilon ?? 1e-6, 0, 1e6),
    leafCoefficient: numberOption('leafCoefficient', options.leafCoefficient ?? 1, 0, 1e6),
    weighting: choiceOption('weighting', options.weighting ?? 'mean', ['mean', 'balanced'] as const),
    regressionLoss: regressionLossOption('regressionLoss', options.regressionLoss ?? squared),
  };
}

/** Detailed balance (Bengio et al. 2023). Defaults: leafCoefficient 1, squared loss. */
export function detailedBalance(options: Partial<Omit<DetailedBalance, 'name'>> = {}): DetailedBalance {
  rejectUnknown('detailed balance', options, ['leafCoefficient', 'regressionLoss']);
  return {
    name: 'detailed-balance',
    leafCoefficient: numberOption('leafCoefficient', options.leafCoefficient ?? 1, 0, 1e6),
    regressionLoss: regressionLossOption('regressionLoss', options.regressionLoss ?? squared),
  };
}

/** Trajectory balance (Malkin et al. 2022). Default: squared loss. */
export function trajectoryBalance(options: Partial<Omit<TrajectoryBalance, 'name'>> = {}): TrajectoryBalance {
  rejectUnknown('trajectory balance', options, ['regressionLoss']);
  return {
    name: 'trajectory-balance',
    regressionLoss: regressionLossOption('regressionLoss', options.regressionLoss ?? squared),
  };
}

/** Log-partition variance (Zhang et al. 2023). Default: squared loss. */
export function varGrad(options: Partial<Omit<VarGrad, 'name'>> = {}): VarGrad {
  rejectUnknown('vargrad', options, ['regressionLoss']);
  return {
    name: 'vargrad',
    regressionLoss: regressionLossOption('regressionLoss', options.regressionLoss ?? squared),
  };
}

/** Sub-trajectory balance (Madan et al. 2023). Defaults: lambda 0.9, weighting 'geometric-within', squared loss. */
export function subTrajectoryBalance(options: Partial<Omit<SubTrajectoryBalance, 'name'>> = {}): SubTrajectoryBalance {
  rejectUnknown('sub-trajectory balance', options, ['lambda', 'weighting', 'regressionLoss']);
  return {
    name: 'sub-trajectory-balance',
    lambda: numberOption('lambda', options.lambda ?? 0.9, 1e-6, 1e3),
    weighting: choiceOption('weighting', options.weighting ?? 'geometric-within', weightings),
    regressionLoss: regressionLossOption('regressionLoss', options.regressionLoss ?? squared),
  };
}

const constructors: Readonly<Record<Objective['name'], (options: object) => Objective>> = {
  'flow-matching': flowMatching,
  'detailed-balance': detailedBalance,
  'trajectory-balance': trajectoryBalance,
  vargrad: varGrad,
  'sub-trajectory-balance': subTrajectoryBalance,
};

/** Checks an objective that was written by hand or read from a file; missing options get their defaults. */
export function objectiveOption(name: string, value: unknown): Objective {
  if (typeof value !== 'object' || value === null || !('name' in value)) {
    return badArgument(name, 'an objective like trajectoryBalance()', value);
  }
  const { name: objective, ...options } = value;
  const names = Object.keys(constructors) as Objective['name'][];
  return constructors[choiceOption(`${name}.name`, objective, names)](options);
}
