import { badArgument } from '../options.ts';
import type { SectionData, TrainingState } from '../trainer/training-state.ts';
import type { JsonValue } from './json.ts';
import { copyOf, isSectionData } from './section-type.ts';
import type { TrainingConfiguration } from './training-configuration.ts';

/** What a program keeps in a checkpoint beside the trainer's state, by name: e.g. its position in a log of its own. */
export type Attached = Readonly<Record<string, JsonValue | SectionData>>;

/** A training run after one exact step. */
export interface Checkpoint {
  readonly configuration: TrainingConfiguration;
  readonly state: TrainingState;
  readonly attached: Attached;
}

/** A copy that its owner cannot change any more. Throws ERR_ARGUMENT for what a file cannot hold. */
export function copyAttached(attached: Attached): Attached {
  const copies = Object.entries(attached).map(([name, value]): [string, JsonValue | SectionData] => {
    if (isSectionData(value)) return [name, copyOf(value)];
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) badArgument(`attached.${name}`, 'JSON or a typed array', value);
    return [name, JSON.parse(text) as JsonValue];
  });
  return Object.fromEntries(copies);
}
