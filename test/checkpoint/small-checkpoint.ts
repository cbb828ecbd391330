import type { Checkpoint } from '../../src/checkpoint/checkpoint.ts';

/** A checkpoint without a trainer behind it, with an array of every type and values that text would not keep. */
export function smallCheckpoint(step: number): Checkpoint {
  return {
    configuration: {
      environment: { name: 'hypergrid', parameters: { dimensions: 2, side: 8, reward: 'corners' } },
      options: { seed: 3, beta: 0.1, hidden: [16, 16], learningRate: { kind: 'linear', start: 1, end: 0, steps: 9 } },
    },
    state: {
      step,
      visits: 2 ** 53 - 1,
      sections: {
        parameters: Float32Array.of(1, -0, NaN, Infinity, 1e-45),
        logZ: Float64Array.of(0.1, -Infinity, 5e-324),
        empty: new Int32Array(0),
        actions: Int32Array.of(-(2 ** 31), 7),
      },
    },
    attached: {
      metricsPosition: 1234,
      note: { text: 'β ≤ 1', list: [1, null, false] },
      counts: Uint32Array.of(2 ** 32 - 1, 5, 6),
      bytes: Uint8Array.of(1, 2, 255),
      keys: BigUint64Array.of(2n ** 64n - 1n),
    },
  };
}
