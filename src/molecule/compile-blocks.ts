import { GfnError } from '../error.ts';
import { shown } from '../options.ts';
import type { MoleculeGraph } from './atom-graph.ts';
import type { Attachment, Block } from './block.ts';
import { Element } from './elements.ts';
import { isomorphisms, type MarkedGraph } from './isomorphism.ts';
import { capped } from './mol-block.ts';
import { askRdKit, type Answer } from './rdkit.ts';
import { blockGraphOf, graphOf } from './rdkit-graph.ts';
import { badVocabulary, type BlockSource } from './vocabulary-file.ts';

/** Sizes that the fixed arrays of the native process hold. */
export const largestBlock = { attachments: 16, uses: 32, automorphisms: 1024, atoms: 128 } as const;

/** A block of a file with the graph that RDKit made of it. */
interface Read extends BlockSource {
  readonly graph: MoleculeGraph;
  readonly molblock: string;
}

/**
 * The blocks of a vocabulary file as the process needs them. Entries that differ only in the atom by which the block
 * joins, or in nothing that matters, become one block. Rejects with ERR_VOCABULARY, ERR_TOO_LARGE or ERR_RDKIT.
 */
export async function compileBlocks(sources: readonly BlockSource[]): Promise<Block[]> {
  const read = await readGraphs(sources);
  const attachments = await attachmentsOf(read);
  const blocks: { block: Block; graph: MarkedGraph }[] = [];
  read.forEach((source, i) => {
    const graph = markedGraph(source);
    for (const known of blocks) {
      const [images] = isomorphisms(graph, known.graph, 1);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- there may be none
      if (images === undefined) continue;
      known.block = withJoins(known.block, joinsIn(source, known.block, images));
      return;
    }
    blocks.push({ block: newBlock(source, graph, attachments[i]), graph });
  });
  return blocks.map(({ block }) => block);
}

async function readGraphs(sources: readonly BlockSource[]): Promise<Read[]> {
  const smiles = sources.map((source) => source.smiles);
  const [graphs, molblocks] = await Promise.all([askRdKit('graph', smiles), askRdKit('molblock', smiles)]);
  return sources.map((source, i) => {
    const graph = blockGraphOf(source.label, answerOf(source, graphs[i]));
    checkAtoms(source, graph);
    return { ...source, graph, molblock: answerOf(source, molblocks[i]) };
  });
}

function answerOf({ label, smiles }: BlockSource, answer: Answer): string {
  if ('answer' in answer) return answer.answer;
  throw new GfnError('ERR_VOCABULARY', `${label}: expected a valid SMILES, got ${shown(smiles)}: ${answer.reason}`);
}

function checkAtoms({ label, smiles, atoms }: BlockSource, graph: MoleculeGraph): void {
  const foreign = atoms.find((atom) => atom >= graph.atoms.length);
  if (foreign !== undefined) {
    badVocabulary(`${label}: atoms`, `atoms of ${shown(smiles)}, 0 to ${graph.atoms.length - 1}`, foreign);
  }
  const sizes = { attachments: new Set(atoms).size, uses: atoms.length, atoms: graph.atoms.length };
  const described = { attachments: 'attachment atoms', uses: 'uses of attachment atoms', atoms: 'atoms' };
  for (const key of ['attachments', 'uses', 'atoms'] as const) {
    if (sizes[key] <= largestBlock[key]) continue;
    throw new GfnError(
      'ERR_TOO_LARGE',
      `${label}: ${shown(smiles)} has ${sizes[key]} ${described[key]}, at most ${largestBlock[key]} are supported`,
    );
  }
}

/** The attachment atoms of a source in ascending order, and how often each is named. */
function uses({ atoms }: BlockSource): [atom: number, times: number][] {
  const distinct = [...new Set(atoms)].sort((a, b) => a - b);
  return distinct.map((atom) => [atom, atoms.filter((other) => other === atom).length]);
}

/** [sources] Attachments with the hydrogens that RDKit finds where methyl groups stand for the junction bonds. */
async function attachmentsOf(sources: readonly Read[]): Promise<Attachment[][]> {
  const questions = sources.flatMap((source) =>
    uses(source).flatMap(([atom, times]) => {
      checkHydrogens(source, atom, times);
      return Array.from({ length: times }, (_, i) => ({ source, atom, bonds: i + 1 }));
    }),
  );
  const texts = questions.map(({ source, atom, bonds }) => capped(source.molblock, atom, bonds));
  const answers = await askRdKit('graph', texts);
  const hydrogens = questions.map((question, i) => hydrogensLeft(question, answers[i]));
  let at = 0;
  return sources.map((source) =>
    uses(source).map(([atom, times]) => ({ atom, hydrogens: hydrogens.slice(at, (at += times)) })),
  );
}

/**
 * Every junction bond takes the place of a hydrogen. Phosphorus and sulfur without one can take bonds up to their next
 * valence all the same, as in `O=S=O` and `O=PO` of the vocabulary of 2021: whether they can is for RDKit to say.
 */
function checkHydrogens({ label, smiles, graph }: Read, atom: number, times: number): void {
  const { element, hydrogens } = graph.atoms[atom];
  const expands = element === Element.phosphorus || element === Element.sulfur;
  if (times <= hydrogens || expands) return;
  badVocabulary(
    `${label}: atoms`,
    `atom ${atom} of ${shown(smiles)} at most as often as it has hydrogens, ${hydrogens}`,
    times,
  );
}

function hydrogensLeft(
  { source, atom, bonds }: { readonly source: Read; readonly atom: number; readonly bonds: number },
  answer: Answer,
): number {
  const { label, smiles, graph } = source;
  if (!('answer' in answer)) {
    throw new GfnError(
      'ERR_VOCABULARY',
      `${label}: expected atom ${atom} of ${shown(smiles)} to take ${bonds} bonds, got: ${answer.reason}`,
    );
  }
  const after = graphOf(answer.answer).atoms;
  const before = graph.atoms;
  const same = before.every(({ element, charge, aromatic, hydrogens }, i) => {
    const other = after[i];
    const isSame = other.element === element && other.charge === charge && other.aromatic === aromatic;
    const expected = Math.max(0, hydrogens - bonds);
    return isSame && (i === atom ? hydrogens < bonds || other.hydrogens === expected : other.hydrogens === hydrogens);
  });
  if (!same) badVocabulary(label, `a bond at atom ${atom} to change nothing but its hydrogens`, smiles);
  return after[atom].hydrogens;
}

function markedGraph({ graph, atoms }: Read): MarkedGraph {
  const marks = graph.atoms.map((_, atom) => atoms.filter((other) => other === atom).length);
  return { ...graph, marks };
}

function newBlock(source: Read, graph: MarkedGraph, attachments: readonly Attachment[]): Block {
  const places = new Map(attachments.map(({ atom }, i) => [atom, i]));
  const most = largestBlock.automorphisms;
  const maps = isomorphisms(graph, graph, most + 1);
  if (maps.length > most) {
    throw new GfnError(
      'ERR_TOO_LARGE',
      `${source.label}: ${shown(source.smiles)} has more than ${most} symmetries of its attachment atoms`,
    );
  }
  const automorphisms = maps.map((images) => images.map((atom) => places.get(atom)!)).sort(lexicographic);
  const { atoms, bonds } = source.graph;
  const block = { smiles: source.smiles, atoms, bonds, attachments, joins: [], automorphisms };
  const joins = source.joins.map((atom) => places.get(atom)!);
  return withJoins(block, joins);
}

/** The attachments of a known block by which a source that is isomorphic to it joins. */
function joinsIn(source: Read, block: Block, images: readonly number[]): number[] {
  const places = new Map(block.attachments.map(({ atom }, i) => [atom, i]));
  const marked = uses(source).map(([atom]) => atom);
  return source.joins.map((atom) => places.get(images[marked.indexOf(atom)])!);
}

/** The block with more joins, of each orbit the lowest attachment. */
function withJoins(block: Block, joins: readonly number[]): Block {
  const orbits = joins.map((join) => Math.min(...block.automorphisms.map((images) => images[join])));
  return { ...block, joins: [...new Set([...block.joins, ...orbits])].sort((a, b) => a - b) };
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, at) => value !== b[at]);
  return i < 0 ? 0 : a[i] - b[i];
}
