import { badArgument, stringOption } from '../options.ts';
import { bitsFor, wordsFor, writeBits } from './bit-packing.ts';
import type { Environment, EnvironmentParameters, Modes, ObservationSpec } from './environment.ts';
import type { GridReward } from './grid-reward.ts';
import { checkSizes } from './sizes.ts';

/**
 * What the two hypergrids share: cells {0 … side−1}^dimensions. A state is the coordinates, then 1 if the trajectory
 * has ended there and 0 if not. Action i < dimensions increments coordinate i, action `dimensions` stops; backward
 * action i decrements coordinate i, backward action `dimensions` takes the stop back.
 */
export abstract class Grid implements Environment {
  abstract readonly name: string;
  abstract readonly maximumLength: number;
  abstract readonly terminalCount: number;
  abstract readonly stateCount: number;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly modes: Modes | null;
  private readonly coordinateBits: number;

  constructor(
    subject: string,
    readonly parameters: EnvironmentParameters,
    protected readonly dimensions: number,
    protected readonly side: number,
    private readonly reward: GridReward,
  ) {
    this.stateSize = dimensions + 1;
    this.actions = dimensions + 1;
    this.backwardActions = dimensions + 1;
    this.coordinateBits = bitsFor(side);
    this.keyWords = wordsFor(1 + dimensions * this.coordinateBits);
    this.observation = { width: dimensions, size: dimensions * side };
    const { stateSize, actions, backwardActions } = this;
    checkSizes(
      subject,
      { stateSize, actions, backwardActions, observationSize: this.observation.size },
      { dimensions, side },
    );
    this.modes = reward.modes();
  }

  abstract allowed(state: Int32Array, action: number): boolean;
  abstract apply(state: Int32Array, action: number): number;
  abstract backwardAllowed(state: Int32Array, backward: number): boolean;
  abstract undo(state: Int32Array, backward: number): number;
  /** Whether a trajectory can end in the cell. */
  protected abstract reachable(x: Int32Array): boolean;

  initial(state: Int32Array): void {
    state.fill(0, 0, this.stateSize);
  }

  isTerminal(state: Int32Array): boolean {
    return state[this.dimensions] === 1;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = writeBits(key, 0, state[this.dimensions], 1);
    for (let i = 0; i < this.dimensions; i++) position = writeBits(key, position, state[i], this.coordinateBits);
  }

  observe(state: Int32Array, indices: Int32Array): void {
    for (let i = 0; i < this.dimensions; i++) indices[i] = i * this.side + state[i];
  }

  logReward(x: Int32Array): number {
    return this.reward.logReward(x);
  }

  format(state: Int32Array): string {
    return state.subarray(0, this.dimensions).join(',');
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const parts = text.split(',');
    const x = new Int32Array(this.stateSize);
    const valid = parts.every((part, i) => {
      x[i] = Number(part);
      return /^\d{1,5}$/.test(part) && x[i] < this.side;
    });
    x[this.dimensions] = 1;
    if (!valid || parts.length !== this.dimensions || !this.reachable(x)) {
      badArgument('text', `a cell of ${this.name}, ${this.dimensions} integers from 0 to ${this.side - 1}`, text);
    }
    return x;
  }
}
