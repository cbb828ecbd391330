import type { ObservationInput, ObservationSpec } from './environment.ts';

/** The model's inputs that a state fills, in order. */
export function observationInputs({ width, size, inputs }: ObservationSpec): readonly ObservationInput[] {
  return inputs ?? [{ name: 'observation', width, size }];
}

/** Integers of an observation that an input takes. */
export function widthOf(input: ObservationInput): number {
  return 'values' in input ? input.values : input.width;
}

/** Elements of an input that takes numbers, or one-hots. */
export function sizeOf(input: ObservationInput): number {
  return 'values' in input ? input.values : input.size;
}
