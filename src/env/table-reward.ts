import { badArgument, shown } from '../options.ts';
import type { Modes } from './environment.ts';

/** How log R follows from the values y of a table, whose largest is y_max. */
export const tableRewardKinds = ['plain', 'log', 'clip-before', 'clip-after'] as const;

/**
 * `plain`: R = y, not negative; `log`: log R = y; `clip-before`: R = scale · (max(y, floor) / max(y_max, floor))^exponent,
 * as LS-GFN (Kim et al. 2024) has it; `clip-after`: R = max(scale · (max(y, 0) / y_max)^exponent, floor), as gfnx has it.
 */
export interface TableReward {
  readonly kind: (typeof tableRewardKinds)[number];
  readonly exponent: number;
  readonly scale: number;
  readonly floor: number;
}

/** log R of every value. Throws ERR_ARGUMENT, naming the object by `textOf`, where it is not defined. */
export function tableLogRewards(
  values: Float64Array,
  reward: TableReward,
  textOf: (index: number) => string,
): Float64Array {
  const { kind, exponent, scale, floor } = reward;
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  switch (kind) {
    case 'log':
      return values.slice();
    case 'plain': {
      const negative = values.findIndex((value) => value < 0);
      if (negative >= 0)
        badArgument(
          `table: value of ${shown(textOf(negative))}`,
          'at least 0 with tableReward plain',
          values[negative],
        );
      return values.map((value) => Math.log(value));
    }
    case 'clip-before': {
      const best = Math.max(most, floor);
      if (best <= 0) badArgument('table', 'a value above 0, or a rewardFloor above 0', most);
      return values.map((value) => Math.log(scale) + exponent * (Math.log(Math.max(value, floor)) - Math.log(best)));
    }
    case 'clip-after':
      if (most <= 0) badArgument('table', 'a value above 0', most);
      return values.map((value) => Math.log(Math.max(scale * Math.pow(Math.max(value, 0) / most, exponent), floor)));
  }
}

/** The best share of a table as modes, at least one; of equal values, those that come first. */
export function tableModes(values: Float64Array, fraction: number, indexOf: (x: Int32Array) => number): Modes {
  const count = Math.max(1, Math.round(fraction * values.length));
  const best = Uint32Array.from(values, (_, i) => i)
    .sort((a, b) => values[b] - values[a] || a - b)
    .subarray(0, count);
  const rank = new Map(Array.from(best, (index, place) => [index, place]));
  return {
    count,
    definition: `one of the ${count} objects of highest value in the table (the best ${100 * fraction} %)`,
    of: (x) => {
      const place = rank.get(indexOf(x));
      return place === undefined ? [] : [place];
    },
  };
}
