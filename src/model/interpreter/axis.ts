import type { NodeContext } from './node-context.ts';

/** An axis in [−rank, rank) as one in [0, rank). */
export function resolveAxis(context: NodeContext, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) {
    throw context.failure(`axis: expected an integer from ${-rank} to ${rank - 1}, got ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Product of shape[from .. to). */
export function extent(shape: readonly number[], from: number, to: number): number {
  let product = 1;
  for (let axis = from; axis < to; axis++) product *= shape[axis];
  return product;
}
