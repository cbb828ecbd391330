import { GfnError } from '../error.ts';
import { badArgument } from '../options.ts';
import { gaussianScores } from './gaussian-scores.ts';
import { listOf, squareMatrixOf, type NumberArrayInput } from './number-array.ts';
import type { NumberTensor } from './npy.ts';
import { integer, number, numbers, optionalChoice, resolveOptions, type OptionValues } from './option.ts';

/** Options of `dag`. */
export interface DagOptions {
  /** Number of nodes, up to 30, with scores or data up to 12; default the columns of data, or 4. */
  readonly nodes?: number;
  /**
   * [nodes × 2^(nodes − 1)] local scores: what each parent set of each node adds to log R, parent sets as binary numbers
   * over the other nodes, the lowest-numbered node being the lowest bit.
   */
  readonly scores?: NumberArrayInput;
  /** [nodes × nodes] What the edge from row i to column j adds to log R; the diagonal is not read. */
  readonly edgeScores?: NumberArrayInput;
  /** [observations × nodes] Data to compute local scores from. */
  readonly data?: NumberArrayInput;
  /** Score of data; default bge. */
  readonly score?: 'bge' | 'linear-gaussian';
  /** bge: weight of the prior mean in observations; default 1. */
  readonly alphaMu?: number;
  /** bge: degrees of freedom of the Wishart prior, above nodes + 1; default nodes + 2. */
  readonly alphaW?: number;
  /** linear-gaussian: standard deviation of an edge's weight; default 1. */
  readonly weightScale?: number;
  /** linear-gaussian: standard deviation of the noise; default √0.1. */
  readonly noiseScale?: number;
}

const MOST_NODES = 30;
/** Most nodes of a table of local scores. */
const MOST_SCORED_NODES = 12;
const DEFAULT_NODES = 4;

const priorOption = (description: string, defaultText: string, minimum: number) =>
  number({ description, defaultText, minimum, maximum: 1e100 });

export const dagOptions = {
  nodes: integer({
    description: 'number of nodes',
    default: undefined,
    defaultText: `the columns of data, or ${DEFAULT_NODES}`,
    minimum: 2,
    maximum: MOST_NODES,
  }),
  scores: numbers({
    description: 'what each parent set of each node adds to log R, 2^(nodes − 1) numbers a node',
    defaultText: 'none',
  }),
  edgeScores: numbers({ description: 'what the edge from row to column adds to log R', defaultText: '0' }),
  data: numbers({ description: 'a row for each observation, to compute scores from', defaultText: 'none' }),
  score: optionalChoice({
    description: 'score of data',
    defaultText: 'bge',
    choices: ['bge', 'linear-gaussian'],
  }),
  alphaMu: priorOption('bge: weight of the prior mean, in observations', '1', 1e-100),
  alphaW: priorOption('bge: degrees of freedom of the Wishart prior', 'nodes + 2', 0),
  weightScale: priorOption("linear-gaussian: standard deviation of an edge's weight", '1', 1e-100),
  noiseScale: priorOption('linear-gaussian: standard deviation of the noise', '√0.1', 1e-100),
};

type DagValues = OptionValues<typeof dagOptions>;

/** Checked options of `dag`: everything that its constructor needs. */
export interface ResolvedDag {
  readonly nodes: number;
  /** [nodes × 2^(nodes − 1)] */
  readonly scores: ArrayLike<number> | undefined;
  /** [nodes × nodes] */
  readonly edgeScores: readonly number[] | undefined;
}

/** Checks options and fills in defaults. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function resolveDag(given: DagOptions): ResolvedDag {
  const values = resolveOptions('dag', dagOptions, given);
  const { data, scores, edgeScores } = values;
  const columns = data?.shape.at(1);
  const nodes = values.nodes ?? columns ?? DEFAULT_NODES;
  if (nodes < 2 || nodes > MOST_NODES) badArgument('data', `2 to ${MOST_NODES} columns`, nodes);
  if ((scores !== undefined || data !== undefined) && nodes > MOST_SCORED_NODES) {
    throw new GfnError(
      'ERR_TOO_LARGE',
      `nodes: ${nodes} nodes have ${nodes} × 2^${nodes - 1} local scores, at most ${MOST_SCORED_NODES} nodes are supported with scores or data`,
    );
  }
  if (scores !== undefined && data !== undefined) {
    badArgument('data', 'nothing where scores are given', Array.from(data.values));
  }
  if (data === undefined) checkNoData(values);
  return {
    nodes,
    scores:
      data === undefined
        ? scores && listOf('scores', scores, nodes * 2 ** (nodes - 1), `2^${nodes - 1} for each node`)
        : dataScores(data, nodes, values),
    edgeScores: edgeScores && squareMatrixOf('edgeScores', edgeScores, nodes, 'one for each edge'),
  };
}

function checkNoData(values: DagValues): void {
  for (const name of ['score', 'alphaMu', 'alphaW', 'weightScale', 'noiseScale'] as const) {
    if (values[name] !== undefined) badArgument(name, 'nothing without data', values[name]);
  }
}

function dataScores(data: NumberTensor, nodes: number, values: DagValues): Float64Array {
  if (data.shape.length !== 2 || data.shape[0] === 0 || data.shape[1] !== nodes) {
    badArgument('data', `rows of ${nodes} numbers, one for each node`, data.shape);
  }
  const { score = 'bge', alphaMu, alphaW, weightScale, noiseScale } = values;
  const others = score === 'bge' ? { weightScale, noiseScale } : { alphaMu, alphaW };
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined) badArgument(name, `nothing with score ${score}`, value);
  }
  if (alphaW !== undefined && alphaW <= nodes + 1) badArgument('alphaW', `a number above ${nodes + 1}`, alphaW);
  const scores = gaussianScores(score, data, nodes, {
    alphaMu: alphaMu ?? 1,
    alphaW: alphaW ?? nodes + 2,
    weightScale: weightScale ?? 1,
    noiseScale: noiseScale ?? Math.sqrt(0.1),
  });
  if (!scores.every(Number.isFinite)) {
    throw new GfnError('ERR_ARGUMENT', `data: expected numbers whose ${score} scores are finite; scale the columns`);
  }
  return scores;
}
