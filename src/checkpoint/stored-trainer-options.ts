import { environments } from '../env/registry.ts';
import { GfnError } from '../error.ts';
import type { TrainerOptions } from '../trainer/trainer-options.ts';
import { isJsonObject } from './json.ts';
import type { TrainingConfiguration } from './training-configuration.ts';

/**
 * The options of the trainer that wrote a checkpoint, with those given over them; `Trainer.create` checks them. Throws
 * ERR_CHECKPOINT if the environment, the reward or the dataset is one that only its user has, and it is not given.
 */
export function storedTrainerOptions(
  path: string,
  { environment: { name, parameters }, options }: TrainingConfiguration,
  given: Partial<TrainerOptions>,
): TrainerOptions {
  const definition = environments.find((candidate) => candidate.name === name);
  const environment = given.environment ?? definition?.create(parameters as object);
  if (environment === undefined) {
    throw new GfnError(
      'ERR_CHECKPOINT',
      `${path} is of the environment ${name}, which is not one of ${environments.map((each) => each.name).join(', ')}; ` +
        'give it in the option environment',
    );
  }
  for (const name of ['reward', 'dataset'] as const) {
    if (options[name] === null || given[name] !== undefined) continue;
    throw new GfnError(
      'ERR_CHECKPOINT',
      `${path} is of a run with a ${name} of its user's; give it in the option ${name}`,
    );
  }
  const conditions = options.conditions ?? null;
  const drawnByFunction = isJsonObject(conditions) && !('distribution' in conditions);
  if (drawnByFunction && given.conditions === undefined) {
    throw new GfnError(
      'ERR_CHECKPOINT',
      `${path} is of a run whose conditions a function of its user's draws; give it in the option conditions`,
    );
  }
  const stored = Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== null && name !== 'reward' && name !== 'dataset'),
  );
  const known = Object.fromEntries(Object.entries<unknown>({ ...given }).filter(([, value]) => value !== undefined));
  return { ...(stored as unknown as Omit<TrainerOptions, 'environment'>), ...known, environment };
}
