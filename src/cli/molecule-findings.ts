import { moleculeView, type MoleculeView } from '../env/molecule-view.ts';
import { GfnError } from '../error.ts';
import { canonicalSmiles, readMolecules, type FlowModel, type SeenMolecule } from '../index.ts';
import { askRdKit } from '../molecule/rdkit.ts';
import { identityOf, TextSet } from '../molecule/seen/text-set.ts';
import { TopScores } from '../molecule/seen/top-scores.ts';
import type { DrawnMolecule } from '../report/molecule-card.ts';
import type { MoleculeFindings, MoleculesSoFar } from '../report/molecule-section.ts';

/** Molecules of each grid of a report. */
const DRAWN = 24;
/** Points of the curves against visits. */
const POINTS = 200;

export interface FindingsOptions {
  /** Of the files of `MoleculesSeen`. */
  readonly folder: string;
  /** Of training, repeats counted. */
  readonly visits: number;
  readonly modeScore: number;
  readonly seed: number;
  /** Samples of the model; 0: none. */
  readonly samples: number;
  /** Of the samples, where the model has conditions. */
  readonly condition: readonly number[] | undefined;
}

/** What a report shows of the molecules of a run; null where its environment builds none. Throws ERR_CONFIG. */
export async function moleculeFindings(model: FlowModel, options: FindingsOptions): Promise<MoleculeFindings | null> {
  const view = moleculeView(model.environment);
  if (view === null) return null;
  const { folder, visits, modeScore } = options;
  const survey = new Survey(visits);
  for await (const molecules of readMolecules(folder)) for (const molecule of molecules) survey.add(molecule);
  const sampled = await sampleOf(model, view, options);
  const drawings = await drawingsOf([...survey.best, ...sampled.slice(0, DRAWN)]);
  return {
    modeScore,
    history: survey.finish(),
    best: drawings.slice(0, survey.best.length),
    sampled: drawings.slice(survey.best.length),
    seenScores: Float64Array.from(survey.scores),
    sampledScores: Float64Array.from(sampled.flatMap(({ score }) => (score === null ? [] : [score]))),
  };
}

type Undrawn = Omit<DrawnMolecule, 'drawing'>;

/** The figures of molecules in the order in which they were seen. */
class Survey {
  /** At most `DRAWN`, best first, of equal ones the first. */
  readonly best: Undrawn[] = [];
  readonly scores: number[] = [];
  private readonly history: MoleculesSoFar[] = [];
  private readonly top = new TopScores(100);
  private readonly scaffolds = new TextSet();
  private modes = 0;
  /** Whether each molecule above the mode score is known to be a mode or not. */
  private complete = true;

  constructor(private readonly visits: number) {}

  add({ smiles, score, visit, mode, scaffold }: SeenMolecule): void {
    while (visit > this.nextPoint()) this.note(this.nextPoint());
    this.scores.push(score);
    this.top.add(score);
    if (mode === null) this.complete = false;
    if (mode === true) this.modes++;
    if (scaffold !== null) this.scaffolds.add(identityOf(scaffold));
    const place = this.best.findIndex((other) => other.score !== null && other.score < score);
    if (place >= 0) this.best.splice(place, 0, { smiles, score });
    else if (this.best.length < DRAWN) this.best.push({ smiles, score });
    this.best.length = Math.min(this.best.length, DRAWN);
  }

  /** Points up to the end of training; none without molecules. */
  finish(): readonly MoleculesSoFar[] {
    if (this.scores.length === 0) return [];
    while (this.nextPoint() < this.visits) this.note(this.nextPoint());
    this.note(this.visits);
    return this.history;
  }

  private nextPoint(): number {
    return Math.ceil(((this.history.length + 1) * this.visits) / POINTS);
  }

  private note(visits: number): void {
    this.history.push({
      visits,
      uniqueMolecules: this.scores.length,
      top10: this.top.mean(10),
      top100: this.top.mean(100),
      modes: this.complete ? this.modes : null,
      scaffolds: this.complete ? this.scaffolds.size : null,
    });
  }
}

async function sampleOf(
  model: FlowModel,
  view: MoleculeView,
  { seed, samples, condition }: FindingsOptions,
): Promise<readonly Undrawn[]> {
  if (samples === 0) return [];
  const drawn = await model.sample(samples, { seed, ...(condition === undefined ? {} : { condition }) });
  const written = drawn.map(({ x }) => view.molecule.smiles(x));
  const canonical = await withoutRdKit(canonicalSmiles(written), written);
  return drawn.map(({ x, logReward }, i) => {
    const score = view.score(x, logReward);
    return { smiles: canonical[i] ?? written[i], score: Number.isNaN(score) ? null : score };
  });
}

async function drawingsOf(molecules: readonly Undrawn[]): Promise<DrawnMolecule[]> {
  const asked = askRdKit(
    'drawing',
    molecules.map(({ smiles }) => smiles),
  );
  const answers = await withoutRdKit(asked, null);
  return molecules.map((molecule, i) => {
    const answer = answers?.[i];
    return { ...molecule, drawing: answer !== undefined && 'answer' in answer ? answer.answer : null };
  });
}

/** What RDKit answers, or `instead` where there is none. */
async function withoutRdKit<T, U>(answers: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await answers;
  } catch (error) {
    if (error instanceof GfnError && error.code === 'ERR_RDKIT') return instead;
    throw error;
  }
}
