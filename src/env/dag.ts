import { badArgument, stringOption } from '../options.ts';
import { wordsFor, writeBits } from './bit-packing.ts';
import { binomial, totalCount } from './counting.ts';
import { dagOptions, resolveDag, type DagOptions, type ResolvedDag } from './dag-options.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, ObservationSpec } from './environment.ts';
import { parentSetPlace } from './gaussian-scores.ts';
import { packNumbers } from './packed-numbers.ts';
import { parametersOf } from './sizes.ts';

/**
 * Directed acyclic graphs, built edge by edge (Deleu et al. 2022, "Bayesian Structure Learning with Generative Flow
 * Networks"). A state is each node's parents as a bit mask, then each node's ancestors, then 1 if the trajectory has
 * stopped. Action i·n + j adds the edge from i to j where it is missing and j is no ancestor of i; action n² stops.
 * Backward action i·n + j removes an edge, backward action n² takes the stop back.
 *
 * log R(G) = Σ_j scores[j, parents of j] + Σ_{i → j} edgeScores[i, j], 0 without either. Scores of data are relative
 * to the empty graph (`gaussianScores`), so that there log R = 0 and log Z is not that of the data.
 */
class Dag implements Environment {
  readonly name = 'dag';
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;
  readonly modes = null;
  private readonly nodes: number;
  private readonly stop: number;

  constructor(private readonly resolved: ResolvedDag) {
    const { nodes, scores, edgeScores } = resolved;
    this.parameters = parametersOf({ nodes, scores: scores && packNumbers(scores), edgeScores });
    this.nodes = nodes;
    this.stop = nodes * nodes;
    this.stateSize = 2 * nodes + 1;
    this.actions = this.stop + 1;
    this.backwardActions = this.stop + 1;
    this.keyWords = wordsFor(1 + nodes * nodes);
    this.observation = { width: nodes * nodes, size: 2 * nodes * nodes };
    this.maximumLength = (nodes * (nodes - 1)) / 2 + 1;
    const graphs = acyclicGraphs(nodes);
    this.terminalCount = totalCount([graphs]);
    this.stateCount = totalCount([graphs, graphs]);
  }

  initial(state: Int32Array): void {
    state.fill(0, 0, this.stateSize);
  }

  allowed(state: Int32Array, action: number): boolean {
    const { nodes } = this;
    if (this.isTerminal(state)) return false;
    if (action === this.stop) return true;
    const from = Math.floor(action / nodes);
    const to = action % nodes;
    const present = (state[to] >>> from) & 1;
    const closesCycle = (state[nodes + from] >>> to) & 1;
    return from !== to && (present | closesCycle) === 0;
  }

  apply(state: Int32Array, action: number): number {
    const { nodes } = this;
    if (action === this.stop) {
      state[2 * nodes] = 1;
      return this.stop;
    }
    const from = Math.floor(action / nodes);
    const to = action % nodes;
    state[to] |= 1 << from;
    const gained = state[nodes + from] | (1 << from);
    for (let node = 0; node < nodes; node++) {
      if (node === to || ((state[nodes + node] >>> to) & 1) === 1) state[nodes + node] |= gained;
    }
    return action;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    const stopped = this.isTerminal(state);
    if (backward === this.stop) return stopped;
    const from = Math.floor(backward / this.nodes);
    return !stopped && ((state[backward % this.nodes] >>> from) & 1) === 1;
  }

  undo(state: Int32Array, backward: number): number {
    if (backward === this.stop) {
      state[2 * this.nodes] = 0;
    } else {
      state[backward % this.nodes] &= ~(1 << Math.floor(backward / this.nodes));
      this.closeAncestors(state);
    }
    return backward;
  }

  isTerminal(state: Int32Array): boolean {
    return state[2 * this.nodes] === 1;
  }

  /** The ancestors follow from the parents. */
  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = writeBits(key, 0, state[2 * this.nodes], 1);
    for (let node = 0; node < this.nodes; node++) position = writeBits(key, position, state[node], this.nodes);
  }

  /** Index 2(i·n + j) + 1 if there is an edge from i to j, else 2(i·n + j). */
  observe(state: Int32Array, indices: Int32Array): void {
    const { nodes } = this;
    for (let from = 0; from < nodes; from++) {
      for (let to = 0; to < nodes; to++) {
        indices[from * nodes + to] = 2 * (from * nodes + to) + ((state[to] >>> from) & 1);
      }
    }
  }

  logReward(x: Int32Array): number {
    const { nodes, scores, edgeScores } = this.resolved;
    let sum = 0;
    for (let node = 0; node < nodes; node++) {
      if (scores !== undefined) sum += scores[node * 2 ** (nodes - 1) + parentSetPlace(node, x[node])];
      if (edgeScores === undefined) continue;
      for (let from = 0; from < nodes; from++) if ((x[node] >>> from) & 1) sum += edgeScores[from * nodes + node];
    }
    return sum;
  }

  /** The edges in order, like `{0>1,2>1}`. */
  format(state: Int32Array): string {
    const { nodes } = this;
    const edges = Array.from({ length: this.stop }, (_, edge) => edge).filter(
      (edge) => (state[edge % nodes] >>> Math.floor(edge / nodes)) & 1,
    );
    return `{${edges.map((edge) => `${Math.floor(edge / nodes)}>${edge % nodes}`).join(',')}}`;
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const { nodes } = this;
    const x = new Int32Array(this.stateSize);
    const inner = /^\{(.*)\}$/.exec(text)?.[1];
    let last = -1;
    const valid = (inner ?? '').split(',').every((part) => {
      if (inner === '') return true;
      const [from, to] = /^(\d{1,2})>(\d{1,2})$/.exec(part)?.slice(1).map(Number) ?? [nodes, nodes];
      const edge = from * nodes + to;
      if (from >= nodes || to >= nodes || edge <= last || !this.allowed(x, edge)) return false;
      this.apply(x, edge);
      last = edge;
      return true;
    });
    if (!valid || this.format(x) !== text) {
      badArgument('text', `the edges of an acyclic graph of ${nodes} nodes in order, like {0>1,2>1}`, text);
    }
    x[2 * nodes] = 1;
    return x;
  }

  /** Works out the ancestors of all nodes from their parents. */
  private closeAncestors(state: Int32Array): void {
    const { nodes } = this;
    state.fill(0, nodes, 2 * nodes);
    for (let changed = true; changed;) {
      changed = false;
      for (let node = 0; node < nodes; node++) {
        let ancestors = state[node];
        for (let from = 0; from < nodes; from++) if ((state[node] >>> from) & 1) ancestors |= state[nodes + from];
        changed ||= ancestors !== state[nodes + node];
        state[nodes + node] = ancestors;
      }
    }
  }
}

/** Number of directed acyclic graphs of labelled nodes (Robinson 1973): 1, 3, 25, 543, 29281, … */
export function acyclicGraphs(nodes: number): bigint {
  const counts = [1n];
  for (let n = 1; n <= nodes; n++) {
    let count = 0n;
    for (let k = 1; k <= n; k++) {
      const term = binomial(n, k) * 2n ** BigInt(k * (n - k)) * counts[n - k];
      count += k % 2 === 1 ? term : -term;
    }
    counts.push(count);
  }
  return counts[nodes];
}

/** Builds directed acyclic graphs. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
export function dag(given: DagOptions = {}): Environment {
  return new Dag(resolveDag(given));
}

export const dagDefinition: EnvironmentDefinition = {
  name: 'dag',
  summary: 'directed acyclic graphs with modular scores, also BGe and linear-Gaussian ones of data (Deleu et al. 2022)',
  options: dagOptions,
  create: dag,
};
