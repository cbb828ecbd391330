import type { EnvironmentParameters } from '../../env/environment.ts';
import { molecule, type Molecule } from '../../env/molecule.ts';
import { murckoScaffold } from '../scaffold.ts';
import { smilesOf } from '../smiles.ts';
import { Chemist, FINGERPRINT_BITS } from './chemist.ts';
import { DiverseSet } from './diverse-set.ts';
import type { SeenMolecule } from './molecule-file.ts';
import { MoleculeParts } from './molecule-parts.ts';
import { identityOf, TextSet } from './text-set.ts';
import { TopScores } from './top-scores.ts';

/** How far a collection has got: enough to go on from its files. */
export interface SeenPosition {
  /** Distinct molecules. */
  readonly molecules: number;
  /** Objects in all, repeats counted. */
  readonly visits: number;
  /** [n × 4] Identities of the trees that were another one's molecule. */
  readonly duplicates: Uint32Array;
}

/** Figures of the molecules that training has seen: `docs/metrics.md`. */
export interface SeenFigures {
  /** Distinct canonical SMILES. */
  readonly uniqueMolecules: number;
  /** Trees of blocks that were the molecule of another tree before. */
  readonly duplicateTrees: number;
  /** Mean score of the 10 and 100 best molecules; null while there are fewer. */
  readonly top10: number | null;
  readonly top100: number | null;
  /** Molecules above the mode score that were less similar than 0.7 to all such before; null without RDKit. */
  readonly modes: number | null;
  /** Distinct Bemis–Murcko scaffolds of the molecules above the mode score; null without RDKit. */
  readonly scaffolds: number | null;
}

/** What a collector is made of; can be sent to a thread. */
export interface CollectorOptions {
  readonly folder: string;
  /** Of the environment `molecule`. */
  readonly parameters: EnvironmentParameters;
  readonly modeScore: number;
  readonly position: SeenPosition;
}

/** Tanimoto similarity from which a molecule is of the mode of another. */
const SIMILAR = 0.7;

/** Distinct molecules with their scores, in files, and counts of them. Holds its thread while it works. */
export class SeenCollector {
  private readonly trees = new TextSet();
  private readonly smiles = new TextSet();
  private readonly scaffolds = new TextSet();
  private readonly modes = new DiverseSet(FINGERPRINT_BITS, SIMILAR);
  private readonly top = new TopScores(100);
  private readonly duplicates: Uint32Array[] = [];
  private parts!: MoleculeParts;
  private visits: number;
  /** Whether every molecule has been looked at with RDKit. */
  private complete: boolean;

  private constructor(
    private readonly environment: Molecule,
    private readonly modeScore: number,
    private readonly chemist: Chemist | null,
    /** Why RDKit is missing. */
    readonly missing: string | null,
    { visits, duplicates }: SeenPosition,
  ) {
    this.visits = visits;
    this.complete = chemist !== null;
    for (let at = 0; at < duplicates.length; at += 4) this.addDuplicate(duplicates.slice(at, at + 4));
  }

  /** Throws what `MoleculeParts.open` throws. */
  static async open({ folder, parameters, modeScore, position }: CollectorOptions): Promise<SeenCollector> {
    const chemist = await Chemist.create();
    const [able, missing] = typeof chemist === 'string' ? [null, chemist] : [chemist, null];
    const collector = new SeenCollector(molecule(parameters), modeScore, able, missing, position);
    collector.parts = await MoleculeParts.open(folder, position.molecules, (found) => collector.remember(found));
    return collector;
  }

  /** Adds visited objects with their scores: [n × stateSize], [n]. Throws ERR_OUTPUT. */
  async add(terminalState: Int32Array, score: Float64Array): Promise<void> {
    const stateSize = terminalState.length / score.length;
    for (let i = 0; i < score.length; i++) {
      this.visits++;
      const found = this.addTree(terminalState.subarray(i * stateSize, (i + 1) * stateSize), score[i]);
      if (found !== null) await this.parts.append(found);
    }
  }

  /** After it every molecule is on the disk. Throws ERR_OUTPUT. */
  async flush(): Promise<SeenPosition> {
    await this.parts.flush();
    const duplicates = new Uint32Array(4 * this.duplicates.length);
    this.duplicates.forEach((identity, i) => duplicates.set(identity, 4 * i));
    return { molecules: this.smiles.size, visits: this.visits, duplicates };
  }

  figures(): SeenFigures {
    return {
      uniqueMolecules: this.smiles.size,
      duplicateTrees: this.duplicates.length,
      top10: this.top.mean(10),
      top100: this.top.mean(100),
      modes: this.complete ? this.modes.size : null,
      scaffolds: this.complete ? this.scaffolds.size : null,
    };
  }

  /** The molecule of a tree, if it is new. */
  private addTree(state: Int32Array, score: number): SeenMolecule | null {
    const { environment, chemist } = this;
    const tree = environment.format(state);
    const identity = identityOf(tree);
    if (!this.trees.add(identity)) return null;
    const graph = environment.graph(state);
    const written = smilesOf(graph);
    const isGood = score > this.modeScore;
    const [smiles, fingerprint] = this.canonical(written, isGood);
    if (!this.smiles.add(identityOf(smiles))) {
      this.duplicates.push(identity);
      return null;
    }
    this.top.add(score);
    const plain = { smiles, score, tree, visit: this.visits };
    if (!isGood) return { ...plain, mode: false, scaffold: null };
    if (chemist === null) return { ...plain, mode: null, scaffold: null };
    const scaffold = smilesOf(murckoScaffold(graph));
    return {
      ...plain,
      mode: fingerprint !== null && this.modes.add(fingerprint),
      scaffold: scaffold === '' ? null : this.addScaffold(chemist.canonical(scaffold)),
    };
  }

  /** With the fingerprint, if that is asked for and there is RDKit. */
  private canonical(smiles: string, fingerprint: boolean): readonly [smiles: string, fingerprint: Uint8Array | null] {
    if (this.chemist === null) return [smiles, null];
    return fingerprint ? this.chemist.canonicalWithFingerprint(smiles) : [this.chemist.canonical(smiles), null];
  }

  private addScaffold(scaffold: string): string {
    this.scaffolds.add(identityOf(scaffold));
    return scaffold;
  }

  private addDuplicate(tree: Uint32Array): void {
    this.trees.add(tree);
    this.duplicates.push(tree);
  }

  /** Takes a molecule that is in the files already. */
  private remember({ smiles, score, tree, mode, scaffold }: SeenMolecule): void {
    this.trees.add(identityOf(tree));
    this.smiles.add(identityOf(smiles));
    this.top.add(score);
    if (mode === null) this.complete = false;
    if (mode === true) {
      const [, fingerprint] = this.canonical(smiles, true);
      if (fingerprint !== null) this.modes.add(fingerprint);
    }
    if (scaffold !== null) this.addScaffold(scaffold);
  }
}
