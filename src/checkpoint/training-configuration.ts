import { createHash } from 'node:crypto';
import type { Environment } from '../env/environment.ts';
import type { ResolvedReward } from '../reward/reward-option.ts';
import type { ResolvedTrainerOptions } from '../trainer/trainer-options.ts';
import { canonicalJson, type JsonValue } from './json.ts';

/** What a training run is of: a checkpoint only fits a trainer of the same. */
export interface TrainingConfiguration {
  readonly environment: { readonly name: string; readonly parameters: JsonValue };
  /** The trainer's options that can be written down, but for those of the machine: threads and memory. */
  readonly options: Readonly<Record<string, JsonValue>>;
}

const ofTheMachine = ['environment', 'threads', 'memoryBytes'];

export function configurationOf(resolved: ResolvedTrainerOptions): TrainingConfiguration {
  const { reward, dataset } = resolved;
  const options = Object.entries(resolved).filter(([name]) => !ofTheMachine.includes(name));
  return {
    environment: describedEnvironment(resolved.environment),
    options: plain({
      ...Object.fromEntries(options),
      reward: reward === null ? null : rewardConfiguration(reward),
      dataset: dataset === null ? null : { ...dataset, terminalState: Array.from(dataset.terminalState) },
    }) as Readonly<Record<string, JsonValue>>,
  };
}

/** What remembers scores or ends a call changes no result; nor does the place of a file. */
function rewardConfiguration(reward: ResolvedReward): object {
  const { scale, transform, floor } = reward;
  if (!('onnx' in reward)) return { scale, transform, floor };
  const { sha256, output } = reward;
  return { scale, transform, floor, sha256, output };
}

function describedEnvironment({ name, parameters }: Environment): TrainingConfiguration['environment'] {
  return { name, parameters: plain(parameters) };
}

/** What JSON keeps of a value: functions are left out. */
function plain(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** SHA-256, in hexadecimal digits: equal configurations have equal ones. */
export function configurationDigest({ environment, options }: TrainingConfiguration): string {
  return createHash('sha256').update(canonicalJson({ environment, options })).digest('hex');
}

/** In which settings a checkpoint's configuration differs from the one expected, in words; null if in none. */
export function configurationDifference(expected: TrainingConfiguration, got: TrainingConfiguration): string | null {
  const differences: string[] = [];
  const compare = (name: string, a: JsonValue | undefined, b: JsonValue | undefined): void => {
    const [wanted, found] = [a, b].map((value) => (value === undefined ? 'none' : canonicalJson(value)));
    if (wanted !== found) differences.push(`${name}: expected ${wanted}, got ${found}`);
  };
  compare('environment', expected.environment, got.environment);
  const names = new Set([...Object.keys(expected.options), ...Object.keys(got.options)]);
  for (const name of names) compare(name, expected.options[name], got.options[name]);
  return differences.length === 0 ? null : differences.join('; ');
}
