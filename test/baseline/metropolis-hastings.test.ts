import { describe, expect, it } from 'vitest';
import { MetropolisHastings } from '../../src/baseline/metropolis-hastings.ts';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import type { Environment } from '../../src/env/environment.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';

function rewards(environment: Environment, objects: Int32Array): Float64Array {
  const { stateSize } = environment;
  return Float64Array.from({ length: objects.length / stateSize }, (_, i) =>
    environment.logReward(objects.subarray(i * stateSize, (i + 1) * stateSize)),
  );
}

function cellsOf(environment: Environment, objects: Int32Array): string[] {
  const { stateSize } = environment;
  return Array.from({ length: objects.length / stateSize }, (_, i) =>
    environment.format(objects.subarray(i * stateSize, (i + 1) * stateSize)),
  );
}

/** Largest difference between a cell's frequency over a long run and R(x)^β / Z. */
function largestError(environment: Environment, beta: number, side: number, seed: number): number {
  const chain = new MetropolisHastings({ environment, beta, seed });
  const counts = new Map<string, number>();
  const steps = 12_000;
  for (let step = 0; step < steps; step++) {
    chain.learn(rewards(environment, chain.propose()));
    if (step < 200) continue; // away from the common start
    for (const cell of cellsOf(environment, chain.samples)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const weights = Array.from({ length: side * side }, (_, i) => {
    const cell = `${Math.floor(i / side)},${i % side}`;
    return { cell, weight: Math.exp(beta * environment.logReward(environment.parse(cell))) };
  });
  const z = weights.reduce((sum, { weight }) => sum + weight, 0);
  const total = (steps - 200) * 16;
  return Math.max(...weights.map(({ cell, weight }) => Math.abs((counts.get(cell) ?? 0) / total - weight / z)));
}

describe('MetropolisHastings', () => {
  it.each([1, 2])('draws cells with probability R^β / Z, β = %d', (beta) => {
    // R is 0.5 or 1: low enough a ratio for chains to pass from corner to corner often.
    const environment = hypergrid({ dimensions: 2, side: 4, rewardR0: 0.5 });
    // 190,000 correlated draws of 16 cells err by about 0.001; β = 1 taken for 2 would by 0.03.
    expect(largestError(environment, beta, 4, 3)).toBeLessThan(0.005);
  });

  it('draws cells of zero reward never again once it has left them', () => {
    const environment = hypergrid({ dimensions: 2, side: 8, rewardR0: 0 });
    const chain = new MetropolisHastings({ environment, seed: 5 });
    chain.learn(rewards(environment, chain.propose()));
    // The origin is a corner of positive reward here.
    for (let step = 0; step < 500; step++) {
      chain.learn(rewards(environment, chain.propose()));
      expect(Math.min(...rewards(environment, chain.samples))).toBeGreaterThan(-Infinity);
    }
  });

  it('counts every proposal as a visit and starts at the origin', () => {
    const environment = hypergrid({ dimensions: 3, side: 5 });
    const chain = new MetropolisHastings({ environment, chains: 4 });
    expect(chain.visits).toBe(0);
    expect(cellsOf(environment, chain.propose())).toEqual(['0,0,0', '0,0,0', '0,0,0', '0,0,0']);
    chain.learn(rewards(environment, chain.propose()));
    expect(chain.visits).toBe(4);
    chain.learn(rewards(environment, chain.propose()));
    expect(chain.visits).toBe(8);
  });

  it('proposes one step of one coordinate inside the grid, asked once or twice', () => {
    const environment = hypergrid({ dimensions: 3, side: 3 });
    const chain = new MetropolisHastings({ environment, chains: 8, seed: 7 });
    const { stateSize } = environment;
    let stayed = 0;
    for (let step = 0; step < 200; step++) {
      const before = chain.samples.slice();
      const proposals = chain.propose().slice();
      expect(chain.propose()).toEqual(proposals);
      for (let i = 0; i < proposals.length; i += stateSize) {
        const moved = proposals.subarray(i, i + stateSize).map((x, j) => Math.abs(x - before[i + j]));
        const distance = moved.reduce((sum, x) => sum + x, 0);
        expect(distance).toBeLessThanOrEqual(1);
        if (distance === 0 && step > 0) stayed++;
        environment.parse(environment.format(proposals.subarray(i, i + stateSize))); // throws outside the grid
      }
      chain.learn(rewards(environment, proposals));
    }
    expect(stayed).toBeGreaterThan(0); // steps across the border
  });

  it('gives the same chains for the same seed and others for another', () => {
    const environment = hypergrid({ dimensions: 2, side: 8 });
    const run = (seed: number) => {
      const chain = new MetropolisHastings({ environment, seed });
      for (let step = 0; step < 50; step++) chain.learn(rewards(environment, chain.propose()));
      return cellsOf(environment, chain.samples);
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('rejects what it cannot work on', () => {
    const environment = hypergrid({ dimensions: 2, side: 8 });
    expect(() => new MetropolisHastings({ environment: bitSequence({ length: 8, wordBits: 8 }) })).toThrow(
      /environment: expected a hypergrid, got bit-sequence/,
    );
    expect(() => new MetropolisHastings({ environment, chains: 0 })).toThrow(/chains: expected an integer from 1/);
    expect(() => new MetropolisHastings({ environment, beta: NaN })).toThrow(/beta: expected a finite number/);
    const chain = new MetropolisHastings({ environment });
    expect(() => chain.learn(new Float64Array(3))).toThrow(/logReward: expected 16 values, got 3/);
    expect(() => chain.learn(new Float64Array(16).fill(NaN))).toThrow(/expected a finite value or -Infinity, got NaN/);
    expect(chain.visits).toBe(0);
  });
});
