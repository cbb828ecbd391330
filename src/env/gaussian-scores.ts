import { gammaln } from 'simple-statistics';
import type { NumberTensor } from './npy.ts';

/** Priors of the scores of linear Gaussian networks. */
export interface GaussianPrior {
  /** BGe: α_μ, the weight of the prior mean 0 in observations. */
  readonly alphaMu: number;
  /** BGe: α_w, the degrees of freedom of the Wishart prior, above nodes + 1. */
  readonly alphaW: number;
  /** linear-gaussian: standard deviation of an edge's weight. */
  readonly weightScale: number;
  /** linear-gaussian: standard deviation of the noise. */
  readonly noiseScale: number;
}

/**
 * Local score of a node whose parents' number is `parents` and whose sums of squares, given the parents, are the last
 * of `pivots` (those before are the parents', each given the parents before it).
 */
type LocalScore = (pivots: readonly number[], parents: number) => number;

/**
 * Scores of every node and parent set, less that of the node without parents: log p(data | G) − log p(data | the empty
 * graph) is their sum over the nodes of G. [nodes × 2^(nodes − 1)], the place of a parent set being `parentSetPlace`.
 * `data` has a row for each observation and a column for each node.
 *
 * `bge` is the Bayesian Gaussian equivalent score (Geiger and Heckerman 1994; Kuipers, Moffa and Heckerman 2014, eqs.
 * 2 to 4, with ν = 0 and T = t·I, t = α_μ(α_w − n − 1)/(α_μ + 1)); `linear-gaussian` the marginal likelihood of
 * x_j = Σ w_i x_i + noise over the parents i, with w_i ~ N(0, weightScale²) and noise ~ N(0, noiseScale²).
 */
export function gaussianScores(
  score: 'bge' | 'linear-gaussian',
  data: NumberTensor,
  nodes: number,
  prior: GaussianPrior,
): Float64Array {
  const squares = crossProducts(data.values, nodes);
  const observations = data.values.length / nodes;
  if (score === 'bge') {
    const t = (prior.alphaMu * (prior.alphaW - nodes - 1)) / (prior.alphaMu + 1);
    const matrix = bgePosterior(data.values, squares, nodes, prior.alphaMu, t);
    return scoreTable(nodes, bgeScore(observations, nodes, prior, t), () => matrix);
  }
  const ratio = (prior.noiseScale / prior.weightScale) ** 2;
  const ridge = squares.map((value, at) => (at % (nodes + 1) === 0 ? value + ratio : value));
  // The ridge is the weights' prior: the node that is explained has none.
  const matrixOf = (node: number) => ridge.with(node * (nodes + 1), squares[node * (nodes + 1)]);
  return scoreTable(nodes, linearGaussianScore(observations, prior.noiseScale, ratio), matrixOf);
}

/** The place of a parent set of a node among its 2^(nodes − 1): the set's bits without the node's own. */
export function parentSetPlace(node: number, parents: number): number {
  const below = (1 << node) - 1;
  return (parents & below) | ((parents >>> (node + 1)) << node);
}

function bgeScore(observations: number, nodes: number, { alphaMu, alphaW }: GaussianPrior, t: number): LocalScore {
  return (pivots, parents) => {
    const prior = alphaW - nodes + parents;
    const posterior = observations + prior;
    const constant =
      0.5 * Math.log(alphaMu / (observations + alphaMu)) +
      gammaln((posterior + 1) / 2) -
      gammaln((prior + 1) / 2) -
      (observations / 2) * Math.log(Math.PI) +
      ((prior + parents + 1) / 2) * Math.log(t);
    const logDeterminant = sumOfLogs(pivots.slice(0, parents)); // of the parents' part of R
    return constant - 0.5 * logDeterminant - ((posterior + 1) / 2) * Math.log(pivots[parents]);
  };
}

function linearGaussianScore(observations: number, noiseScale: number, ratio: number): LocalScore {
  const variance = noiseScale ** 2;
  return (pivots, parents) => {
    const logDeterminant = sumOfLogs(pivots.slice(0, parents)) - parents * Math.log(ratio);
    return -0.5 * (observations * Math.log(2 * Math.PI * variance) + logDeterminant + pivots[parents] / variance);
  };
}

/** `matrixOf(node)`: the symmetric [nodes × nodes] sums of squares that score the node. */
function scoreTable(nodes: number, score: LocalScore, matrixOf: (node: number) => Float64Array): Float64Array {
  const sets = 2 ** (nodes - 1);
  const table = new Float64Array(nodes * sets);
  for (let node = 0; node < nodes; node++) {
    const matrix = matrixOf(node);
    const empty = score(pivotsOf(matrix, nodes, [node]), 0);
    for (let set = 0; set < 2 ** nodes; set++) {
      if ((set & (1 << node)) !== 0) continue;
      const parents = Array.from({ length: nodes }, (_, i) => i).filter((i) => (set & (1 << i)) !== 0);
      const local = score(pivotsOf(matrix, nodes, [...parents, node]), parents.length);
      table[node * sets + parentSetPlace(node, set)] = set === 0 ? 0 : local - empty;
    }
  }
  return table;
}

/** D of the decomposition L·D·Lᵀ of a positive definite matrix, its rows and columns taken in this order. */
function pivotsOf(matrix: Float64Array, nodes: number, order: readonly number[]): number[] {
  const lower = order.map(() => new Float64Array(order.length));
  const pivots: number[] = [];
  for (let k = 0; k < order.length; k++) {
    for (let i = k; i < order.length; i++) {
      let entry = matrix[order[i] * nodes + order[k]];
      for (let m = 0; m < k; m++) entry -= lower[i][m] * lower[k][m] * pivots[m];
      if (i === k) pivots.push(entry);
      else lower[i][k] = entry / pivots[k];
    }
  }
  return pivots;
}

/** XᵀX, [nodes × nodes]. */
function crossProducts(data: Float64Array, nodes: number): Float64Array {
  const products = new Float64Array(nodes * nodes);
  for (let row = 0; row < data.length; row += nodes) {
    for (let i = 0; i < nodes; i++) {
      for (let j = 0; j < nodes; j++) products[i * nodes + j] += data[row + i] * data[row + j];
    }
  }
  return products;
}

/** R = t·I + the centred sums of squares + N·α_μ/(N + α_μ) · mean·meanᵀ. */
function bgePosterior(
  data: Float64Array,
  squares: Float64Array,
  nodes: number,
  alphaMu: number,
  t: number,
): Float64Array {
  const observations = data.length / nodes;
  const sums = new Float64Array(nodes);
  data.forEach((value, at) => (sums[at % nodes] += value));
  // −N·mean·meanᵀ of the centring and the last term together.
  const factor = 1 / (observations + alphaMu);
  return squares.map((value, at) => {
    const [i, j] = [Math.floor(at / nodes), at % nodes];
    return value - factor * sums[i] * sums[j] + (i === j ? t : 0);
  });
}

function sumOfLogs(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.log(value), 0);
}
