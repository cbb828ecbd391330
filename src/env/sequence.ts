import { badArgument, stringOption } from '../options.ts';
import { bitsFor, wordsFor, writeBits } from './bit-packing.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, Modes, ObservationSpec } from './environment.ts';
import { sequenceGrowth, type SequenceGrowth } from './sequence-growth.ts';
import { resolveSequence, sequenceOptions, type ResolvedSequence, type SequenceOptions } from './sequence-options.ts';
import type { SequenceSpace } from './sequence-space.ts';
import { countOf } from './sizes.ts';
import { tableLogRewards, tableModes } from './table-reward.ts';

/**
 * Sequences of `minimum` to `maximum` symbols of an alphabet, which grow as their style says (`SequenceGrowth`). A
 * state is the symbols' numbers, the size of the alphabet standing for an empty position, then the length, then 1 if
 * the trajectory has stopped. Where lengths vary, the last action stops, from `minimum` symbols on, and is the only
 * one at `maximum`; the last backward action takes the stop back. Where they do not, the trajectory ends with the last
 * symbol. log R comes from a table with a value for every sequence, or is 0.
 */
class Sequence implements Environment {
  readonly name = 'sequence';
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;
  readonly modes: Modes | null;
  private readonly space: SequenceSpace;
  private readonly symbols: number;
  private readonly maximum: number;
  private readonly growth: SequenceGrowth;
  /** Whether lengths vary, so that there is a stop action, numbered after those of `growth`. */
  private readonly stops: boolean;
  private readonly symbolBits: number;
  /** log R by place in the space; null for log R = 0. */
  private readonly logRewards: Float64Array | null;

  constructor({ space, style, table, parameters }: ResolvedSequence) {
    const { alphabet, minimum, maximum } = space;
    this.space = space;
    this.parameters = parameters;
    this.symbols = alphabet.length;
    this.maximum = maximum;
    this.stops = minimum < maximum;
    this.growth = sequenceGrowth(style, this.symbols, maximum);
    this.stateSize = maximum + 2;
    this.actions = this.growth.actions + (this.stops ? 1 : 0);
    this.backwardActions = this.growth.backwardActions + (this.stops ? 1 : 0);
    this.symbolBits = bitsFor(this.symbols + 1);
    this.keyWords = wordsFor(1 + maximum * this.symbolBits);
    this.observation = { width: maximum, size: maximum * (this.symbols + 1) };
    this.maximumLength = maximum + (this.stops ? 1 : 0);
    this.terminalCount = countOf(space.count);
    this.stateCount = countOf(space.countOfLengths(0, maximum) + (this.stops ? space.count : 0));
    const place = (x: Int32Array) => space.place(x, x[maximum]);
    this.logRewards = table && tableLogRewards(table.values, table.reward, (index) => space.textOf(index));
    this.modes = table && tableModes(table.values, table.modeFraction, place);
  }

  initial(state: Int32Array): void {
    state.fill(this.symbols, 0, this.maximum);
    state.fill(0, this.maximum, this.stateSize);
  }

  allowed(state: Int32Array, action: number): boolean {
    if (this.isTerminal(state)) return false;
    const length = state[this.maximum];
    if (action === this.growth.actions) return length >= this.space.minimum;
    return length < this.maximum && this.growth.allowed(state, length, action);
  }

  apply(state: Int32Array, action: number): number {
    if (action === this.growth.actions) {
      state[this.maximum + 1] = 1;
      return this.growth.backwardActions;
    }
    return this.growth.apply(state, state[this.maximum]++, action);
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    const stopped = state[this.maximum + 1] === 1;
    if (backward === this.growth.backwardActions) return stopped;
    const length = state[this.maximum];
    return !stopped && length > 0 && this.growth.backwardAllowed(state, length, backward);
  }

  undo(state: Int32Array, backward: number): number {
    if (backward === this.growth.backwardActions) {
      state[this.maximum + 1] = 0;
      return this.growth.actions;
    }
    return this.growth.undo(state, state[this.maximum]--, backward);
  }

  isTerminal(state: Int32Array): boolean {
    return this.stops ? state[this.maximum + 1] === 1 : state[this.maximum] === this.maximum;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = writeBits(key, 0, state[this.maximum + 1], 1);
    for (let i = 0; i < this.maximum; i++) position = writeBits(key, position, state[i], this.symbolBits);
  }

  observe(state: Int32Array, indices: Int32Array): void {
    for (let i = 0; i < this.maximum; i++) indices[i] = i * (this.symbols + 1) + state[i];
  }

  logReward(x: Int32Array): number {
    return this.logRewards === null ? 0 : this.logRewards[this.space.place(x, x[this.maximum])];
  }

  format(state: Int32Array): string {
    return this.space.format(state, state[this.maximum]);
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const symbols = this.space.parse(text);
    if (symbols === null) {
      const { minimum, maximum } = this.space;
      const count = this.stops ? `${minimum} to ${maximum}` : String(maximum);
      badArgument('text', `${count} of the symbols ${this.space.alphabet.join(', ')}`, text);
    }
    const x = new Int32Array(this.stateSize);
    this.initial(x);
    x.set(symbols);
    x[this.maximum] = symbols.length;
    x[this.maximum + 1] = this.stops ? 1 : 0;
    return x;
  }
}

/** Builds sequences. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function sequence(given: SequenceOptions = {}): Environment {
  return new Sequence(resolveSequence(given));
}

/**
 * TFBind8 over the user's table of 65,536 values in the order of the alphabet ACGT, or as `sequence,value`
 * (`sequencePresets`); other options override the published ones. Throws as `sequence` does.
 */
export function tfbind8(given: SequenceOptions): Environment {
  return sequence({ ...given, preset: 'tfbind8' });
}

/**
 * QM9-small over the user's table of 161,051 values in the order of the blocks, or as `sequence,value` with blanks
 * between the blocks (`sequencePresets`); other options override the published ones. Throws as `sequence` does.
 */
export function qm9Small(given: SequenceOptions): Environment {
  return sequence({ ...given, preset: 'qm9-small' });
}

export const sequenceDefinition: EnvironmentDefinition = {
  name: 'sequence',
  summary: 'sequences of symbols that are appended, added at both ends or inserted; a table of rewards',
  options: sequenceOptions,
  create: sequence,
};
