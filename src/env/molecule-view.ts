import type { Environment } from './environment.ts';
import { Molecule } from './molecule.ts';
import { TemperedEnvironment } from './tempered-environment.ts';

/** The molecules of an environment: `molecule`, or `molecule` whose reward exponent is a condition. */
export interface MoleculeView {
  readonly molecule: Molecule;
  /** R(x) at β = 1, from the log-reward that an engine gives of a terminal state. */
  score(state: Int32Array, logReward: number): number;
}

/** Null if the environment builds no molecules. */
export function moleculeView(environment: Environment): MoleculeView | null {
  if (environment instanceof Molecule) {
    return { molecule: environment, score: (_, logReward) => Math.exp(logReward) };
  }
  if (environment instanceof TemperedEnvironment && environment.base instanceof Molecule) {
    return {
      molecule: environment.base,
      score: (state, logReward) => Math.exp(logReward / environment.betaOf(state)),
    };
  }
  return null;
}
