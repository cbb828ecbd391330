import { moleculeView, type MoleculeView } from '../env/molecule-view.ts';
import { GfnError } from '../error.ts';
import { canonicalSmiles, type Environment, type Sample } from '../index.ts';
import { badArgument } from '../options.ts';
import { warn, type Terminal } from './terminal.ts';

/**
 * Writes samples as molecules: canonical SMILES, a tab and R(x) at β = 1, which is empty where it is not known. Without
 * RDKit the SMILES are not canonical, and a warning says so once.
 */
export class SmilesLines {
  private readonly view: MoleculeView;
  private hasRdKit = true;

  /** Throws ERR_ARGUMENT for an environment that builds no molecules. */
  constructor(
    environment: Environment,
    private readonly terminal: Terminal,
  ) {
    this.view = moleculeView(environment) ?? badArgument('--smiles', 'a model that builds molecules', environment.name);
  }

  async lines(samples: readonly Sample[]): Promise<string[]> {
    const written = samples.map(({ x }) => this.view.molecule.smiles(x));
    const canonical = await this.canonical(written);
    return samples.map(({ x, logReward }, i) => {
      const score = this.view.score(x, logReward);
      return `${canonical[i]}\t${Number.isNaN(score) ? '' : score}`;
    });
  }

  private async canonical(written: readonly string[]): Promise<readonly string[]> {
    if (!this.hasRdKit) return written;
    try {
      const found = await canonicalSmiles(written);
      return found.map((smiles, i) => smiles ?? written[i]);
    } catch (error) {
      if (!(error instanceof GfnError) || error.code !== 'ERR_RDKIT') throw error;
      this.hasRdKit = false;
      warn(this.terminal, `${error.message}; the SMILES are not canonical`);
      return written;
    }
  }
}
