import { describe, expect, test } from 'vitest';
import { acyclicGraphs, dag } from '../../src/env/dag.ts';
import { gaussianScores, parentSetPlace } from '../../src/env/gaussian-scores.ts';
import { createEnvironment } from '../../src/env/registry.ts';
import { nativeAddon } from '../../src/native-addon.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { logSumExp, reachableStates, terminalStates, trained } from './reachable.ts';

/** Whether a graph, [i][j] for the edge from i to j, has no cycle: sources are taken away until none is left. */
function isAcyclic(edges: readonly (readonly boolean[])[]): boolean {
  let left = edges.map((_, node) => node);
  for (;;) {
    const next = left.filter((node) => left.some((other) => edges[other][node]));
    if (next.length === 0) return true;
    if (next.length === left.length) return false;
    left = next;
  }
}

/** The texts of all acyclic graphs, by brute force over all directed graphs. */
function acyclicTexts(nodes: number): Set<string> {
  const pairs = Array.from({ length: nodes * nodes }, (_, e) => [Math.floor(e / nodes), e % nodes]).filter(
    ([i, j]) => i !== j,
  );
  const texts = new Set<string>();
  for (let mask = 0; mask < 2 ** pairs.length; mask++) {
    const chosen = pairs.filter((_, e) => (mask >> e) & 1);
    const edges = Array.from({ length: nodes }, () => Array<boolean>(nodes).fill(false));
    for (const [i, j] of chosen) edges[i][j] = true;
    if (isAcyclic(edges)) texts.add(`{${chosen.map(([i, j]) => `${i}>${j}`).join(',')}}`);
  }
  return texts;
}

describe('graphs', () => {
  test('numbers of acyclic graphs', () => {
    expect([1, 2, 3, 4, 5, 6].map(acyclicGraphs)).toEqual([1n, 3n, 25n, 543n, 29281n, 3781503n]);
  });

  test.each([2, 3, 4])('of %i nodes are all acyclic ones, by brute force', (nodes) => {
    const environment = dag({ nodes });
    const texts = acyclicTexts(nodes);
    expect(new Set(terminalStates(environment).map((x) => environment.format(x)))).toEqual(texts);
    expect([environment.terminalCount, environment.stateCount]).toEqual([texts.size, 2 * texts.size]);
    for (const text of texts) expect(environment.format(environment.parse(text))).toBe(text);
  });

  test('of 5 nodes are 29,281, each once finished and once not', async () => {
    const environment = dag({ nodes: 5 });
    const states = reachableStates(environment);
    expect([states.size, environment.stateCount]).toEqual([58562, 58562]);
    const terminal = [...states.values()].filter((state) => environment.isTerminal(state));
    expect([terminal.length, environment.terminalCount]).toEqual([29281, 29281]);
    expect((await trained(environment, 1)).exactLogZ).toBeCloseTo(Math.log(29281), 10); // counted natively
  });

  test('sizes', () => {
    expect(dag({ nodes: 30 })).toMatchObject({
      stateSize: 61,
      actions: 901,
      backwardActions: 901,
      keyWords: 15,
      maximumLength: 436,
      terminalCount: Infinity,
      observation: { width: 900, size: 1800 },
    });
    expect(dag().parameters).toEqual({ nodes: 4 });
  });

  test('the ancestors of 30 nodes are kept along a trajectory, forwards and back; native the same', () => {
    const nodes = 30;
    const environment = dag({ nodes });
    const random = new RandomStream(7, Purpose.evaluation);
    const state = new Int32Array(environment.stateSize);
    environment.initial(state);
    const edges = Array.from({ length: nodes }, () => Array<boolean>(nodes).fill(false));
    const actions: number[] = [];
    for (let step = 0; step < 200; step++) {
      const allowed = Array.from({ length: nodes * nodes }, (_, a) => a).filter((a) => environment.allowed(state, a));
      const action = allowed[Math.floor(random.uniform(0, step) * allowed.length)];
      environment.apply(state, action);
      actions.push(action);
      edges[Math.floor(action / nodes)][action % nodes] = true;
    }
    expect(isAcyclic(edges)).toBe(true);
    for (let action = 0; action < nodes * nodes; action++) {
      const [from, to] = [Math.floor(action / nodes), action % nodes];
      if (from === to || edges[from][to]) continue;
      edges[from][to] = true;
      expect(environment.allowed(state, action)).toBe(isAcyclic(edges));
      edges[from][to] = false;
    }
    const trace = nativeAddon().traceEnvironment('dag', environment.parameters, Int32Array.from(actions));
    expect(trace.states.slice(-environment.stateSize)).toEqual(state);
    for (const action of actions.toSorted((a, b) => ((a * 7) % 31) - ((b * 7) % 31))) environment.undo(state, action);
    expect(state).toEqual(new Int32Array(environment.stateSize));
    expect(trace.undoneState).toEqual(state);
  });
});

describe('rewards', () => {
  test('are sums of local scores and edges', () => {
    const scores = [0, 1, 2, 4, 0, 10, 20, 40, 0, 100, 200, 400];
    const edgeScores = [[0, 0.1, 0.2], [0.3, 0, 0.4], [0.5, 0.6, 0]]; // prettier-ignore
    const environment = dag({ nodes: 3, scores, edgeScores });
    const logReward = (text: string) => environment.logReward(environment.parse(text));
    expect(logReward('{}')).toBe(0);
    expect(logReward('{1>0}')).toBeCloseTo(1 + 0.3, 12); // node 0: bit 0 is node 1, bit 1 node 2
    expect(logReward('{2>0}')).toBeCloseTo(2 + 0.5, 12);
    expect(logReward('{0>1,2>1}')).toBeCloseTo(40 + 0.1 + 0.6, 12); // node 1: nodes 0 and 2
    expect(logReward('{0>1,0>2,1>2}')).toBeCloseTo(10 + 400 + 0.1 + 0.2 + 0.4, 12);
    expect(dag().logReward(dag().parse('{0>3}'))).toBe(0);
    const terminal = terminalStates(dag({ nodes: 3 }));
    expect(logSumExp(terminal.map(() => 0))).toBeCloseTo(Math.log(25), 12);
  });

  test('places of parent sets', () => {
    expect([0b000, 0b010, 0b100, 0b110].map((set) => parentSetPlace(0, set))).toEqual([0, 1, 2, 3]);
    expect([0b000, 0b001, 0b100, 0b101].map((set) => parentSetPlace(1, set))).toEqual([0, 1, 2, 3]);
    expect([0b000, 0b001, 0b010, 0b011].map((set) => parentSetPlace(2, set))).toEqual([0, 1, 2, 3]);
  });
});

const prior = { alphaMu: 1, alphaW: 5, weightScale: 1.3, noiseScale: 0.6 };
const data = [
  [0.3, 1.2, -0.4],
  [-1.1, 0.2, 0.9],
  [0.7, -0.6, 0.1],
  [1.9, 2.2, -1.5],
];
const tensor = { shape: [4, 3], values: Float64Array.from(data.flat()) };
const column = (j: number) => data.map((row) => row[j]);

function determinant(matrix: readonly (readonly number[])[]): number {
  if (matrix.length === 0) return 1;
  const [row, ...rest] = matrix;
  return row.reduce(
    (sum, value, j) => sum + (j % 2 === 0 ? 1 : -1) * value * determinant(rest.map((r) => r.filter((_, c) => c !== j))),
    0,
  );
}

/** Γ of a multiple of one half. */
function gamma(x: number): number {
  if (x === 0.5) return Math.sqrt(Math.PI);
  return x === 1 ? 1 : (x - 1) * gamma(x - 1);
}

/** log p(data of these nodes | complete graph): eq. 2 of Kuipers, Moffa and Heckerman 2014, taken literally. */
function bgeOfSubset(nodes: readonly number[]): number {
  const [N, n, l] = [data.length, 3, nodes.length];
  const { alphaMu, alphaW } = prior;
  const t = (alphaMu * (alphaW - n - 1)) / (alphaMu + 1);
  const mean = (j: number) => column(j).reduce((a, b) => a + b) / N;
  const R = nodes.map((i) =>
    nodes.map((j) => {
      const centred = data.reduce((sum, row) => sum + (row[i] - mean(i)) * (row[j] - mean(j)), 0);
      return (i === j ? t : 0) + centred + ((N * alphaMu) / (N + alphaMu)) * mean(i) * mean(j);
    }),
  );
  const logGammas = (x: number) => nodes.reduce((sum, _, i) => sum + Math.log(gamma(x - i / 2)), 0);
  const [posterior, before] = [(N + alphaW - n + l) / 2, (alphaW - n + l) / 2];
  return (
    (l / 2) * Math.log(alphaMu / (N + alphaMu)) +
    logGammas(posterior) -
    logGammas(before) -
    ((l * N) / 2) * Math.log(Math.PI) +
    before * l * Math.log(t) -
    posterior * Math.log(determinant(R))
  );
}

/** log N(x_j; 0, noise² I + weight² X Xᵀ), with the covariance of the observations written out. */
function linearGaussian(node: number, parents: readonly number[]): number {
  const [noise, weight] = [prior.noiseScale ** 2, prior.weightScale ** 2];
  const covariance = data.map((a, r) =>
    data.map((b, c) => (r === c ? noise : 0) + weight * parents.reduce((sum, p) => sum + a[p] * b[p], 0)),
  );
  const y = column(node);
  const size = determinant(covariance);
  // yᵀ Σ⁻¹ y by Cramer's rule.
  const quadratic = y.reduce((sum, value, i) => {
    const replaced = covariance.map((row, r) => row.map((entry, c) => (c === i ? y[r] : entry)));
    return sum + (value * determinant(replaced)) / size;
  }, 0);
  return -0.5 * (data.length * Math.log(2 * Math.PI) + Math.log(size) + quadratic);
}

const bge = (node: number, parents: readonly number[]) => bgeOfSubset([...parents, node]) - bgeOfSubset(parents);

/** log p(data | G) − log p(data | the empty graph) for every acyclic graph of 3 nodes. */
function relativePosterior(local: typeof bge): Map<string, number> {
  return new Map(
    [...acyclicTexts(3)].map((text) => {
      const parentsOf = (j: number) => [0, 1, 2].filter((i) => text.includes(`${i}>${j}`));
      return [text, [0, 1, 2].reduce((sum, j) => sum + local(j, parentsOf(j)) - local(j, []), 0)];
    }),
  );
}

describe('scores of data', () => {
  test.each([
    ['bge', bge],
    ['linear-gaussian', linearGaussian],
  ] as const)('%s is the closed form', (score, local) => {
    const { alphaMu, alphaW, weightScale, noiseScale } = prior;
    const options = score === 'bge' ? { alphaMu, alphaW } : { weightScale, noiseScale };
    const environment = dag({ data, score, ...options });
    for (const [text, expected] of relativePosterior(local)) {
      expect(environment.logReward(environment.parse(text))).toBeCloseTo(expected, 9);
    }
    const table = gaussianScores(score, tensor, 3, prior);
    expect(table[parentSetPlace(0, 0b110)]).toBeCloseTo(local(0, [1, 2]) - local(0, []), 9);
  });

  test('BGe gives Markov-equivalent graphs the same score', () => {
    const nodes = 4;
    const random = new RandomStream(1, Purpose.evaluation);
    const many = Array.from({ length: 100 }, (_, n) => {
      const [a, b, c, d] = Array.from({ length: nodes }, (_, i) => random.uniform(n, i) - 0.5);
      return [a, 2 * a + b, c, a - c + d];
    });
    const environment = dag({ data: many });
    const logReward = (text: string) => environment.logReward(environment.parse(text));
    expect(logReward('{0>1}')).toBeCloseTo(logReward('{1>0}'), 8);
    expect(logReward('{0>1,1>2}')).toBeCloseTo(logReward('{1>0,1>2}'), 8);
    expect(logReward('{0>1,0>2,0>3,1>2,1>3,2>3}')).toBeCloseTo(logReward('{1>0,2>0,2>1,3>0,3>1,3>2}'), 8);
    // A collider is not equivalent to a chain; no other graph of as few edges beats the true one and its equivalents.
    expect(Math.abs(logReward('{0>3,2>3}') - logReward('{0>3,3>2}'))).toBeGreaterThan(1);
    const texts = terminalStates(environment).map((x) => environment.format(x));
    const small = texts.filter((text) => text.split(',').length <= 3).sort((a, b) => logReward(b) - logReward(a));
    expect(small.slice(0, 2).sort()).toEqual(['{0>1,0>3,2>3}', '{0>3,1>0,2>3}']);
    expect(logReward(small[1]) - logReward(small[2])).toBeGreaterThan(1);
  });

  test('saved parameters hold the scores, not the data', () => {
    const environment = dag({ data });
    expect(Object.keys(environment.parameters)).toEqual(['nodes', 'scores']);
    const again = createEnvironment('dag', environment.parameters);
    const x = environment.parse('{0>1,2>1}');
    expect(again.logReward(x)).toBe(environment.logReward(x));
  });

  test('12 nodes', () => {
    const wide = Array.from({ length: 20 }, (_, n) => Array.from({ length: 12 }, (_, i) => Math.sin(n * i + i)));
    const scores = gaussianScores('bge', { shape: [20, 12], values: Float64Array.from(wide.flat()) }, 12, {
      ...prior,
      alphaW: 14,
    });
    expect(scores.length).toBe(12 * 2048);
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});

describe('bad input', () => {
  test.each<[object, string, RegExp]>([
    [{ nodes: 1 }, 'ERR_ARGUMENT', /^nodes: expected an integer from 2 to 30, got 1$/],
    [{ nodes: 31 }, 'ERR_ARGUMENT', /^nodes: .*got 31$/],
    [{ nodes: 13, scores: [1] }, 'ERR_TOO_LARGE', /^nodes: 13 nodes have 13 × 2\^12 local scores, at most 12 nodes/],
    [{ nodes: 3, scores: [1] }, 'ERR_ARGUMENT', /^scores: expected 12 numbers, 2\^2 for each node, got \[1\]$/],
    [{ nodes: 3, edgeScores: [1] }, 'ERR_ARGUMENT', /^edgeScores: expected 3 × 3 numbers, one for each edge/],
    [{ data, nodes: 4 }, 'ERR_ARGUMENT', /^data: expected rows of 4 numbers, one for each node, got \[4,3\]$/],
    [{ data: [1, 2, 3], nodes: 3 }, 'ERR_ARGUMENT', /^data: expected rows of 3 numbers/],
    [{ data: [[1], [2]] }, 'ERR_ARGUMENT', /^data: expected 2 to 30 columns, got 1$/],
    [{ data: [[1, NaN]] }, 'ERR_ARGUMENT', /^data: .*number 1 is none/],
    [{ data, scores: [1] }, 'ERR_ARGUMENT', /^data: expected nothing where scores are given/],
    [{ score: 'bge' }, 'ERR_ARGUMENT', /^score: expected nothing without data, got "bge"$/],
    [{ data, score: 'bic' }, 'ERR_ARGUMENT', /^score: expected one of bge, linear-gaussian, got "bic"/],
    [{ data, noiseScale: 1 }, 'ERR_ARGUMENT', /^noiseScale: expected nothing with score bge, got 1$/],
    [{ data: [[1e200, 1], [1, 2]] }, 'ERR_ARGUMENT', /^data: expected numbers whose bge scores are finite/], // prettier-ignore
    [{ data, alphaW: 4 }, 'ERR_ARGUMENT', /^alphaW: expected a number above 4, got 4$/],
    [{ data, score: 'linear-gaussian', alphaMu: 1 }, 'ERR_ARGUMENT', /^alphaMu: expected nothing with score linear/],
    [{ node: 3 }, 'ERR_UNKNOWN_OPTION', /did you mean "nodes"/],
  ])('%j', (options, code, message) => {
    const create = () => createEnvironment('dag', options);
    expect(create).toThrow(expect.objectContaining({ code }));
    expect(create).toThrow(message);
  });

  test.each(['', '{0>1', '{0>0}', '{0>3}', '{0>1,1>0}', '{1>2,0>1}', '{0>1,0>1}', '{0-1}', '{00>1}', '{0>1,}', '{,}'])(
    'no graph of three nodes: %j',
    (text) => {
      expect(() => dag({ nodes: 3 }).parse(text)).toThrow(/^text: expected the edges of an acyclic graph of 3 nodes/);
    },
  );

  test.each<[object, RegExp]>([
    [{ nodes: 31 }, /^nodes: expected an integer from 2 to 30/],
    [{ nodes: 13, scores: [1] }, /^nodes: expected an integer from 2 to 12/],
    [{ nodes: 3, scores: [1] }, /^scores: expected 12 numbers, got 1/],
    [{ nodes: 3, edgeScores: [1] }, /^edgeScores: expected 9 numbers, got 1/],
  ])('native, %j', (parameters, message) => {
    expect(() => nativeAddon().traceEnvironment('dag', parameters, new Int32Array())).toThrow(message);
  });
});

describe('training reaches the exact posterior', () => {
  test('BGe of data, native', async () => {
    const evaluation = await trained(dag({ data }), 1000);
    const exact = logSumExp([...relativePosterior(bge).values()]);
    expect(evaluation.exactLogZ).toBeCloseTo(exact, 8);
    expect(evaluation.l1Sum).toBeLessThan(0.05);
    expect(Math.abs(evaluation.logZ! - exact)).toBeLessThan(0.02);
  });

  test('all graphs alike, TypeScript', async () => {
    const evaluation = await trained(dag({ nodes: 3 }), 600, 'typescript');
    expect(evaluation.exactLogZ).toBeCloseTo(Math.log(25), 10);
    expect(evaluation.l1Sum).toBeLessThan(0.05);
  });
});
