import { float32Buffer } from '../../src/sampler/growable-buffer.ts';
import type { RowModel } from '../../src/sampler/row-model.ts';

/** What a tabular model says of a state. */
export interface TabularOutputs {
  readonly forwardLogits: readonly number[];
  readonly backwardLogits?: readonly number[];
  readonly logStateFlow?: number;
}

/** A model that looks its outputs up by the state's observation. Records the calls it gets. */
export class TabularModel implements RowModel {
  readonly bytesPerRow = 1;
  readonly calls: [first: number, last: number][] = [];
  private readonly forward = float32Buffer();
  private readonly backward = float32Buffer();
  private readonly flow = float32Buffer();
  private readonly observed: string[] = [];

  constructor(
    private readonly actions: number,
    private readonly backwardActions: number,
    readonly learnedBackward: boolean,
    private readonly outputs: (observation: string) => TabularOutputs,
  ) {}

  get forwardLogits(): Float32Array {
    return this.forward.data;
  }
  get backwardLogits(): Float32Array | null {
    return this.learnedBackward ? this.backward.data : null;
  }
  get logStateFlow(): Float32Array | null {
    return this.flow.data;
  }

  observe(row: number, indices: Int32Array): void {
    this.observed[row] = indices.join(',');
  }

  evaluate(first: number, last: number): void {
    this.calls.push([first, last]);
    for (let row = first; row < last; row++) {
      const { forwardLogits, backwardLogits, logStateFlow } = this.outputs(this.observed[row]);
      this.forward.reserve((row + 1) * this.actions).set(forwardLogits, row * this.actions);
      if (backwardLogits !== undefined) {
        this.backward.reserve((row + 1) * this.backwardActions).set(backwardLogits, row * this.backwardActions);
      }
      this.flow.reserve(row + 1)[row] = logStateFlow ?? 0;
    }
  }
}

/** Numbers that look random, and are the same for the same text: `count` of them in [−1, 1). */
export function hashedNumbers(text: string, count: number): number[] {
  let h = 2166136261;
  for (const character of text) h = Math.imul(h ^ character.charCodeAt(0), 16777619);
  return Array.from({ length: count }, () => {
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
    h ^= h >>> 15;
    return h / 0x80000000;
  });
}

/** A tabular model with outputs that look random. */
export function hashedModel(actions: number, backwardActions: number, learnedBackward: boolean): TabularModel {
  return new TabularModel(actions, backwardActions, learnedBackward, (observation) => ({
    forwardLogits: hashedNumbers(`${observation} forward`, actions),
    backwardLogits: hashedNumbers(`${observation} backward`, backwardActions),
    logStateFlow: hashedNumbers(observation, 1)[0],
  }));
}
