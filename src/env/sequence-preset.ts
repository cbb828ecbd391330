import type { SequenceStyle } from './sequence-growth.ts';
import type { TableReward } from './table-reward.ts';

/** What `sequence` takes where an option is not given. */
export interface SequenceDefaults {
  readonly alphabet: readonly string[];
  readonly length: number;
  readonly style: SequenceStyle;
  readonly reward: TableReward;
  readonly modeFraction: number;
}

export const plainSequence: SequenceDefaults = {
  alphabet: ['A', 'C', 'G', 'T'],
  length: 4,
  style: 'append',
  reward: { kind: 'plain', exponent: 1, scale: 1, floor: 0.001 },
  modeFraction: 0.005,
};

export type SequencePresetName = 'tfbind8' | 'qm9-small';
export const sequencePresetNames: readonly SequencePresetName[] = ['tfbind8', 'qm9-small'];

/**
 * `tfbind8`: DNA of 8 bases and how strongly a transcription factor binds it (Barrera et al. 2016), with R at most 10,
 * power 3 and floor 0.001, as gfnx has it: append, clipped after the power. LS-GFN (Kim et al. 2024) grows at both ends
 * and clips before the power.
 *
 * `qm9-small`: strings of 5 of 11 molecular blocks with two stems and their HOMO-LUMO gap (QM9-str, Shen et al. 2023),
 * with R at most 100, power 5 and floor 0.001, grown at both ends and clipped before the power.
 *
 * Both count the best 0.5 % as modes: 328 and 805.
 */
export const sequencePresets: Readonly<Record<SequencePresetName, SequenceDefaults>> = {
  tfbind8: {
    ...plainSequence,
    length: 8,
    reward: { kind: 'clip-after', exponent: 3, scale: 10, floor: 0.001 },
  },
  'qm9-small': {
    ...plainSequence,
    alphabet: ['C', 'O', 'N', 'CF', 'C=O', 'C=C', 'C#C', 'c1ccccc1', 'C1CCCCC1', 'C1CCNC1', 'CCC'],
    length: 5,
    style: 'prepend-append',
    reward: { kind: 'clip-before', exponent: 5, scale: 100, floor: 0.001 },
  },
};
