import type { Environment, Modes } from '../env/environment.ts';
import { GfnError } from '../error.ts';

/** Counts which of an environment's modes terminal states have hit; what hitting one means is in `definition`. */
export class ModesFound {
  readonly definition: string;
  /** Modes that there are. */
  readonly of: number;
  private readonly found = new Set<number>();
  private readonly modes: Modes;

  /** Throws ERR_ARGUMENT if the environment has no modes. */
  constructor(private readonly environment: Environment) {
    if (environment.modes === null) {
      throw new GfnError('ERR_ARGUMENT', `environment: expected one with modes, got ${environment.name} without`);
    }
    this.modes = environment.modes;
    this.definition = this.modes.definition;
    this.of = this.modes.count;
  }

  /** Modes found so far. */
  get count(): number {
    return this.found.size;
  }

  /** Adds terminal states, [n × stateSize]. */
  add(terminalStates: Int32Array): void {
    const { stateSize } = this.environment;
    for (let start = 0; start < terminalStates.length && this.found.size < this.of; start += stateSize) {
      for (const mode of this.modes.of(terminalStates.subarray(start, start + stateSize))) this.found.add(mode);
    }
  }
}
