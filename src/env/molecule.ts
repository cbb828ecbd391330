import { badArgument, stringOption } from '../options.ts';
import { assemble, type AtomGraph } from '../molecule/atom-graph.ts';
import { blockTables, joinOf, LARGEST_MOLECULE, type BlockTables } from '../molecule/block-tables.ts';
import { BlockTree, StateField } from '../molecule/block-tree.ts';
import { CanonicalForm } from '../molecule/canonical-form.ts';
import { smilesOf } from '../molecule/smiles.ts';
import { TreeActions } from '../molecule/tree-actions.ts';
import { countTrees } from '../molecule/tree-count.ts';
import { loadVocabulary, type Vocabulary } from '../molecule/vocabulary.ts';
import { bitsFor, wordsFor, writeBits } from './bit-packing.ts';
import { totalCount } from './counting.ts';
import type { EnvironmentDefinition } from './definition.ts';
import type { Environment, EnvironmentParameters, ObservationSpec } from './environment.ts';
import { moleculeOptions, resolveMolecule, type MoleculeOptions, type ResolvedMolecule } from './molecule-options.ts';
import { checkSizes, parametersOf } from './sizes.ts';

/**
 * Molecules built block by block (Bengio et al. 2021): trees of blocks of a vocabulary, joined by single bonds between
 * their attachment atoms. A state is the canonical form of its tree (`CanonicalForm`; the layout is `StateField`), so
 * it does not remember how it was built. Actions and backward actions are those of `TreeActions`: a stem and a join, or
 * stop; a block taken off, or the stop taken back.
 *
 * Below `minimumBlocks` a molecule cannot stop, and does not close: the last open stem takes no block that has none
 * left. It ends by itself at `maximumBlocks`, or without an open stem. Then there is no stop to take.
 *
 * log R(x) = Σ weights of the blocks, 0 without weights.
 */
export class Molecule implements Environment {
  readonly name = 'molecule';
  readonly parameters: EnvironmentParameters;
  readonly stateSize: number;
  readonly actions: number;
  readonly backwardActions: number;
  readonly keyWords: number;
  readonly observation: ObservationSpec;
  readonly maximumLength: number;
  readonly modes = null;
  readonly vocabulary: Vocabulary;
  private readonly tables: BlockTables;
  private readonly steps: TreeActions;
  /** [blocks] What texts call each block. */
  private readonly labels: readonly string[];
  private readonly allowedOf: MaskOfState;
  private readonly backwardAllowedOf: MaskOfState;
  private counts: { readonly terminal: number; readonly all: number } | undefined;

  constructor(private readonly resolved: ResolvedMolecule) {
    const { vocabulary, minimumBlocks, maximumBlocks, weights } = resolved;
    this.vocabulary = vocabulary;
    this.parameters = parametersOf({ blocks: vocabulary.lines, minimumBlocks, maximumBlocks, weights });
    this.tables = blockTables(vocabulary);
    this.steps = new TreeActions(this.tables, minimumBlocks, maximumBlocks);
    this.labels = labelsOf(vocabulary);
    this.stateSize = this.steps.stateSize;
    this.actions = this.steps.stop + 1;
    this.backwardActions = this.steps.undoStop + 1;
    this.keyWords = wordsFor(1 + maximumBlocks * this.blockBits().reduce((sum, bits) => sum + bits, 0));
    this.observation = { width: 1 + StateField.width * maximumBlocks, size: 2 + maximumBlocks * this.blockIndices() };
    this.maximumLength = maximumBlocks;
    const { stateSize, actions, backwardActions, observation } = this;
    checkSizes(
      'molecule',
      { stateSize, actions, backwardActions, observationSize: observation.size },
      { maximumBlocks, blocks: vocabulary.blocks.length },
    );
    this.allowedOf = new MaskOfState(this.actions, stateSize, (state, mask) => this.steps.fillAllowed(state, mask));
    this.backwardAllowedOf = new MaskOfState(this.backwardActions, stateSize, (state, mask) =>
      this.steps.fillBackwardAllowed(state, mask),
    );
  }

  get terminalCount(): number {
    return this.count().terminal;
  }

  get stateCount(): number {
    return this.count().all;
  }

  initial(state: Int32Array): void {
    state.fill(-1, 0, this.stateSize);
    state[StateField.blocks] = 0;
    state[StateField.stopped] = 0;
  }

  allowed(state: Int32Array, action: number): boolean {
    return this.allowedOf.get(state)[action] === 1;
  }

  apply(state: Int32Array, action: number): number {
    return this.steps.apply(state, action);
  }

  backwardAllowed(state: Int32Array, backward: number): boolean {
    return this.backwardAllowedOf.get(state)[backward] === 1;
  }

  undo(state: Int32Array, backward: number): number {
    return this.steps.undo(state, backward);
  }

  isTerminal(state: Int32Array): boolean {
    return this.steps.isTerminal(state);
  }

  key(state: Int32Array, key: Uint32Array): void {
    key.fill(0, 0, 2 * this.keyWords);
    const bits = this.blockBits();
    let position = writeBits(key, 0, state[StateField.stopped], 1);
    for (let at = StateField.first; at < this.stateSize; at++) {
      const width = bits[(at - StateField.first) % StateField.width];
      if (width > 0) position = writeBits(key, position, state[at] + 1, width);
    }
  }

  /**
   * For each place of the canonical state four indices: its block or none, its parent's place, the parent's attachment
   * and its own; then one for stopped.
   */
  observe(state: Int32Array, indices: Int32Array): void {
    const sizes = this.blockSizes();
    let first = 0;
    for (let at = 0; at < this.stateSize - StateField.first; at++) {
      indices[at] = first + state[StateField.first + at] + 1;
      first += sizes[at % StateField.width];
    }
    indices[this.observation.width - 1] = first + state[StateField.stopped];
  }

  logReward(x: Int32Array): number {
    const { weights } = this.resolved;
    let sum = 0;
    if (weights === undefined) return sum;
    for (let i = 0; i < x[StateField.blocks]; i++) sum += weights[x[StateField.first + StateField.width * i]];
    return sum;
  }

  /**
   * The blocks in canonical order, the first by its SMILES, every other one as
   * `parent:atom of the parent:own atom:SMILES`, like `c1ccccc1 0:2:0:CO`. Blocks that share a SMILES add their
   * attachment atoms, like `CO{0,0,0,1}`.
   */
  format(state: Int32Array): string {
    const { blocks } = this.vocabulary;
    const texts = Array.from({ length: state[StateField.blocks] }, (_, i) => {
      const [block, parent, parentAttachment, attachment] = blockAt(state, i);
      if (parent < 0) return this.labels[block];
      const atom = blocks[blockAt(state, parent)[0]].attachments[parentAttachment].atom;
      return `${parent}:${atom}:${blocks[block].attachments[attachment].atom}:${this.labels[block]}`;
    });
    return texts.join(' ');
  }

  parse(text: string): Int32Array {
    stringOption('text', text);
    const { minimumBlocks, maximumBlocks } = this.resolved;
    const expected = `the canonical text of a molecule of ${minimumBlocks} to ${maximumBlocks} blocks`;
    const tree = this.treeOf(text);
    if (tree === null || tree.size < minimumBlocks || !this.canBeBuilt(tree))
      return badArgument('text', expected, text);
    const x = new Int32Array(this.stateSize);
    new CanonicalForm(this.tables).write(tree, x);
    if (this.format(x) !== text) badArgument('text', expected, text);
    if (!this.isTerminal(x)) x[StateField.stopped] = 1;
    return x;
  }

  /** The atoms and bonds of a state that has blocks. */
  graph(state: Int32Array): AtomGraph {
    return assemble(this.vocabulary, state);
  }

  /** A SMILES of a state, which is not canonical; empty for the initial one. */
  smiles(state: Int32Array): string {
    return smilesOf(this.graph(state));
  }

  /** Values of each integer of a block in a state, counted from −1. */
  private blockSizes(): [number, number, number, number] {
    const { blocks, mostAttachments } = this.tables;
    return [blocks + 1, this.resolved.maximumBlocks, mostAttachments + 1, mostAttachments + 1];
  }

  private blockBits(): number[] {
    return this.blockSizes().map(bitsFor);
  }

  private blockIndices(): number {
    return this.blockSizes().reduce((sum, size) => sum + size, 0);
  }

  /** The tree that a text describes, null if it describes none. */
  private treeOf(text: string): BlockTree | null {
    const tree = new BlockTree(this.tables);
    const { blocks } = this.vocabulary;
    const placeOf = (block: number, atom: number) =>
      blocks[block].attachments.findIndex((attachment) => attachment.atom === atom);
    for (const part of text.split(' ')) {
      const [, parent, parentAtom, atom, label] = /^(?:(\d+):(\d+):(\d+):)?(\S+)$/.exec(part) ?? [];
      const block = this.labels.indexOf(label);
      const isFirst = tree.size === 0;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- a group that did not take part
      if (block < 0 || tree.size === this.resolved.maximumBlocks || isFirst !== (parent === undefined)) return null;
      if (isFirst) {
        tree.addFirst(block);
        continue;
      }
      const host = Number(parent);
      if (host >= tree.size) return null;
      const hostAttachment = placeOf(tree.block[host], Number(parentAtom));
      const attachment = placeOf(block, Number(atom));
      if (hostAttachment < 0 || attachment < 0 || tree.open(host, hostAttachment) === 0) return null;
      tree.join(host, hostAttachment, block, attachment);
    }
    return tree;
  }

  /** Whether some block is one that all others can have been joined to, one after the other. */
  private canBeBuilt(tree: BlockTree): boolean {
    const hangs = (node: number, from: number): boolean => {
      for (let k = node * LARGEST_MOLECULE; k < node * LARGEST_MOLECULE + tree.degree[node]; k++) {
        if (tree.neighbour[k] === from) {
          if (joinOf(this.tables, tree.block[node], tree.attachment[k]) < 0) return false;
        } else if (!hangs(tree.neighbour[k], node)) return false;
      }
      return true;
    };
    return Array.from({ length: tree.size }, (_, root) => root).some((root) => hangs(root, -1));
  }

  private count(): { readonly terminal: number; readonly all: number } {
    if (this.counts === undefined) {
      const { minimumBlocks, maximumBlocks } = this.resolved;
      const { all, closed } = countTrees(this.tables, maximumBlocks);
      const terminal = all.slice(minimumBlocks);
      const growing = all.slice(1, maximumBlocks).map((count, i) => count - closed[i + 1]);
      this.counts = { terminal: totalCount(terminal), all: totalCount([1n, ...growing, ...terminal]) };
    }
    return this.counts;
  }
}

/** A mask of the state that it was asked about last. */
class MaskOfState {
  private readonly state: Int32Array;
  private readonly mask: Uint8Array;
  private filled = false;

  constructor(
    actions: number,
    stateSize: number,
    private readonly fill: (state: Int32Array, mask: Uint8Array) => void,
  ) {
    this.mask = new Uint8Array(actions);
    this.state = new Int32Array(stateSize);
  }

  get(state: Int32Array): Uint8Array {
    if (this.filled && this.holds(state)) return this.mask;
    this.fill(state, this.mask);
    this.state.set(state.subarray(0, this.state.length));
    this.filled = true;
    return this.mask;
  }

  private holds(state: Int32Array): boolean {
    const held = this.state;
    for (let i = 0; i < held.length; i++) if (held[i] !== state[i]) return false;
    return true;
  }
}

function blockAt(state: Int32Array, i: number): [block: number, parent: number, parentAttachment: number, own: number] {
  const at = StateField.first + StateField.width * i;
  return [state[at], state[at + 1], state[at + 2], state[at + 3]];
}

function labelsOf({ blocks }: Vocabulary): string[] {
  const smiles = blocks.map((block) => block.smiles);
  return blocks.map((block) => {
    if (smiles.indexOf(block.smiles) === smiles.lastIndexOf(block.smiles)) return block.smiles;
    const atoms = block.attachments.flatMap(({ atom, hydrogens }) => hydrogens.map(() => atom));
    return `${block.smiles}{${atoms.join(',')}}`;
  });
}

/** Builds molecules. Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION, ERR_VOCABULARY or ERR_TOO_LARGE. */
export function molecule(given: MoleculeOptions = {}): Molecule {
  return new Molecule(resolveMolecule(given));
}

/** Options whose vocabulary may be the path of a file. */
async function prepareMolecule(options: object): Promise<object> {
  if (!('blocks' in options) || typeof options.blocks !== 'string') return options;
  return { ...options, blocks: await loadVocabulary(options.blocks) };
}

export const moleculeDefinition: EnvironmentDefinition = {
  name: 'molecule',
  summary: 'molecules built block by block from a vocabulary (Bengio et al. 2021)',
  options: moleculeOptions,
  create: molecule,
  prepare: prepareMolecule,
};
