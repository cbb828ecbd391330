/** A value over training: constant, or from `start` to `end` over the first `steps` steps and `end` after them. */
export type Schedule =
  | number
  | {
      readonly kind: 'linear' | 'cosine' | 'exponential';
      readonly start: number;
      readonly end: number;
      readonly steps: number;
    };

/**
 * The value at a step (0-based). Linear and cosine interpolate values, exponential interpolates logarithms
 * (start and end must then be positive).
 */
export function scheduleValue(schedule: Schedule, step: number): number {
  if (typeof schedule === 'number') return schedule;
  const { kind, start, end, steps } = schedule;
  const t = Math.min(step / steps, 1);
  switch (kind) {
    case 'linear':
      return start + (end - start) * t;
    case 'cosine':
      return end + (start - end) * 0.5 * (1 + Math.cos(Math.PI * t));
    case 'exponential':
      return start * (end / start) ** t;
  }
}
