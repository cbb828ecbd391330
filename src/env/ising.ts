import { badArgument, stringOption } from '../options.ts';
import { wordsFor, writeBits } from './bit-packing.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, Modes, ObservationSpec } from './environment.ts';
import { integer, number, resolveOptions } from './option.ts';
import { countOf, largest, parametersOf } from './sizes.ts';

/** Options of `ising`. */
export interface IsingOptions {
  /** Sites along each edge of the torus, from 2 to 63; default 6. */
  readonly side?: number;
  /** σ, negative for an antiferromagnet; default 0.44. */
  readonly coupling?: number;
}

const DEFAULT_COUPLING = 0.44;

const options = {
  side: integer({
    description: 'sites along each edge of the torus',
    default: 6,
    minimum: 2,
    maximum: Math.floor(Math.sqrt(largest.stateSize - 1)),
  }),
  coupling: number({
    description: 'σ, the coupling of neighbours, negative for an antiferromagnet',
    defaultText: String(DEFAULT_COUPLING),
    minimum: -1e100,
    maximum: 1e100,
  }),
};

/** Entry of a site without spin; a set site is 0 (down) or 1 (up). */
const UNSET = -1;

/**
 * The Ising model on a torus (Zhang et al. 2022, "Generative Flow Networks for Discrete Probabilistic Modeling"): the
 * D = side² spins are set in any order. A state is the sites row by row, then the number of sites set; a trajectory
 * ends, without a stop action, when all are. Action i sets site i to 0, action D + i to 1; backward action i unsets it.
 *
 * log R(x) = sᵀJs, s = 2x − 1, J = σA with A the adjacency matrix of the torus: every bond counts twice. At side 2 the
 * left neighbour is the right one too, so there A has entries 2, and σ weighs as much as 2σ over a matrix of 0 and 1.
 * Where log R = −αE with E = −Σ s_i (Js)_i, the coupling is ασ.
 */
class Ising implements Environment {
  readonly name = 'ising';
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly terminalCount: number;
  readonly stateCount: number;
  /** The ground states; null where they are many: σ = 0, and σ < 0 at an odd side. */
  readonly modes: Modes | null;
  private readonly sites: number;

  constructor(
    private readonly side: number,
    private readonly coupling: number,
  ) {
    this.parameters = parametersOf({ side, coupling });
    this.sites = side * side;
    this.stateSize = this.sites + 1;
    this.actions = 2 * this.sites;
    this.backwardActions = this.sites;
    this.keyWords = wordsFor(2 * this.sites);
    this.observation = { width: this.sites, size: 3 * this.sites };
    this.maximumLength = this.sites;
    this.terminalCount = countOf(2 ** this.sites);
    this.stateCount = countOf(3 ** this.sites);
    this.modes = this.groundStates();
  }

  initial(state: Int32Array): void {
    state.fill(UNSET, 0, this.sites);
    state[this.sites] = 0;
  }

  allowed(state: Int32Array, action: number): boolean {
    return state[action < this.sites ? action : action - this.sites] === UNSET;
  }

  apply(state: Int32Array, action: number): number {
    const spin = action < this.sites ? 0 : 1;
    const site = action - spin * this.sites;
    state[site] = spin;
    state[this.sites]++;
    return site;
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return state[backward] !== UNSET;
  }

  undo(state: Int32Array, backward: number): number {
    const action = state[backward] * this.sites + backward;
    state[backward] = UNSET;
    state[this.sites]--;
    return action;
  }

  isTerminal(state: Int32Array): boolean {
    return state[this.sites] === this.sites;
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    let position = 0;
    for (let i = 0; i < this.sites; i++) position = writeBits(key, position, state[i] + 1, 2);
  }

  /** Index 3i + 0, 1 or 2: site i is unset, 0 or 1. */
  observe(state: Int32Array, indices: Int32Array): void {
    for (let i = 0; i < this.sites; i++) indices[i] = 3 * i + state[i] + 1;
  }

  logReward(x: Int32Array): number {
    return 2 * this.coupling * this.bondSum(x);
  }

  /** The sites row by row, `.` for an unset one. */
  format(state: Int32Array): string {
    return Array.from(state.subarray(0, this.sites), (spin) => (spin === UNSET ? '.' : String(spin))).join('');
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    if (text.length !== this.sites || !/^[01]*$/.test(text)) badArgument('text', `${this.sites} spins 0 or 1`, text);
    const x = new Int32Array(this.stateSize);
    for (let i = 0; i < this.sites; i++) x[i] = Number(text[i]);
    x[this.sites] = this.sites;
    return x;
  }

  /** Σ s_i s_j over the bonds, each once: from every site to the right and down. */
  private bondSum(x: Int32Array): number {
    const { side } = this;
    let sum = 0;
    for (let row = 0; row < side; row++) {
      const here = row * side;
      const below = ((row + 1) % side) * side;
      for (let column = 0; column < side; column++) {
        const right = x[here + ((column + 1) % side)];
        const down = x[below + column];
        sum += (2 * x[here + column] - 1) * 2 * (right + down - 1);
      }
    }
    return sum;
  }

  private groundStates(): Modes | null {
    const { side, sites, coupling } = this;
    if (coupling === 0 || (coupling < 0 && side % 2 === 1)) return null;
    // 1 on the sites whose spin is turned over against site 0: the black squares of an antiferromagnet's checkerboard.
    const turned = (i: number) => (coupling > 0 ? 0 : (Math.floor(i / side) + i) & 1);
    const isGroundState = (x: Int32Array) => {
      for (let i = 1; i < sites; i++) if ((x[i] ^ turned(i)) !== x[0]) return false;
      return true;
    };
    return {
      count: 2,
      definition: `one of the 2 ground states, ${coupling > 0 ? 'all spins equal' : 'the checkerboards'}`,
      of: (x) => (isGroundState(x) ? [x[0]] : []),
    };
  }
}

/** Builds an Ising model on a torus of side × side spins. Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function ising(given: IsingOptions = {}): Environment {
  const { side, coupling } = resolveOptions('ising', options, given);
  return new Ising(side, coupling ?? DEFAULT_COUPLING);
}

export const isingDefinition: EnvironmentDefinition = {
  name: 'ising',
  summary: 'spins on a torus, set in any order, log R(x) = sᵀJs (Zhang et al. 2022)',
  options,
  create: ising,
};
