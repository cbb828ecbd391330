import { joinOf, LARGEST_MOLECULE, type BlockTables } from './block-tables.ts';
import { BlockTree, StateField, stateSizeOf } from './block-tree.ts';
import { CanonicalForm } from './canonical-form.ts';
import { StemOrbits } from './stem-orbits.ts';

/**
 * The steps between block trees in canonical form. Action stem · joins + join puts a block on an open stem, and the
 * last action stops; in the empty state the stem is 0. Backward action i takes the i-th block off, and the last one
 * takes the stop back.
 *
 * Every edge exists once: of the actions that lead to one child the lowest is allowed, of the backward actions that
 * lead to one parent likewise. Most are found as stems in one orbit of the tree's automorphisms. Others can only lead to
 * one child where the block put on is the same as a leaf that is there: an isomorphism of the children that does not map
 * the new block to the new block maps it to a leaf of the parent. Those are told by the canonical forms of the children.
 */
export class TreeActions {
  /** Most open stems of a state that can grow. */
  readonly stems: number;
  /** The action that stops. */
  readonly stop: number;
  /** The backward action that takes the stop back. */
  readonly undoStop: number;
  readonly stateSize: number;
  private readonly tree: BlockTree;
  private readonly other: BlockTree;
  private readonly orbits: StemOrbits;
  private readonly form: CanonicalForm;
  private readonly child: Int32Array;
  private readonly parent: Int32Array;

  constructor(
    private readonly tables: BlockTables,
    private readonly minimum: number,
    private readonly maximum: number,
  ) {
    this.stems = mostStems(tables, maximum);
    this.stop = this.stems * tables.joins;
    this.undoStop = maximum;
    this.stateSize = stateSizeOf(maximum);
    this.tree = new BlockTree(tables);
    this.other = new BlockTree(tables);
    this.orbits = new StemOrbits(tables);
    this.form = new CanonicalForm(tables);
    this.child = new Int32Array(this.stateSize);
    this.parent = new Int32Array(this.stateSize);
  }

  isTerminal(state: Int32Array): boolean {
    const blocks = state[StateField.blocks];
    if (state[StateField.stopped] === 1 || blocks === this.maximum) return true;
    return blocks > 0 && this.tree.read(state).openInAll() === 0;
  }

  /** mask: [actions] 1 where the action is allowed. */
  fillAllowed(state: Int32Array, mask: Uint8Array): void {
    mask.fill(0);
    if (this.isTerminal(state)) return;
    const { tables, orbits } = this;
    const blocks = state[StateField.blocks];
    if (blocks >= this.minimum) mask[this.stop] = 1;
    if (blocks === 0) {
      for (let block = 0; block < tables.blocks; block++) mask[tables.firstJoin[block]] = 1;
      return;
    }
    this.look(state);
    const closing = blocks + 1 < this.minimum && this.tree.openInAll() === 1;
    for (let stem = 0; stem < orbits.stems; stem++) {
      if (orbits.representative[stem] !== stem) continue;
      for (let join = 0; join < tables.joins; join++) {
        // A molecule below the least size must not close.
        if (!closing || tables.uses[tables.joinBlock[join]] > 1) mask[stem * tables.joins + join] = 1;
      }
    }
    for (const block of this.leafBlocks()) this.maskEqualChildren(block, mask);
  }

  /** Takes an allowed action; returns the backward action that undoes it. What a condition adds to a state stays. */
  apply(conditioned: Int32Array, action: number): number {
    const { tables, tree, form } = this;
    const state = conditioned.subarray(0, this.stateSize);
    if (action === this.stop) {
      state[StateField.stopped] = 1;
      return this.undoStop;
    }
    const join = action % tables.joins;
    if (state[StateField.blocks] === 0) {
      tree.addFirst(tables.joinBlock[join]);
      form.write(tree, state);
      return 0;
    }
    this.look(state);
    this.parent.set(state);
    this.joinAt(Math.floor(action / tables.joins), join);
    form.write(tree, state);
    return this.removalTo(this.parent, state, form.place[tree.size - 1]);
  }

  /** mask: [backward actions] 1 where the backward action is allowed. */
  fillBackwardAllowed(state: Int32Array, mask: Uint8Array): void {
    mask.fill(0);
    const { tree } = this;
    if (state[StateField.stopped] === 1) {
      mask[this.undoStop] = 1;
      return;
    }
    tree.read(state);
    if (tree.size === 1) mask[0] = 1;
    const parents = new Set<string>();
    for (let node = 0; node < tree.size; node++) {
      if (!this.isRemovable(node)) continue;
      const parent = `${tree.block[node]}: ${this.formWithout(node).join()}`;
      if (!parents.has(parent)) mask[node] = 1;
      parents.add(parent);
    }
  }

  /** Takes an allowed backward action; returns the action that redoes it in the parent. */
  undo(conditioned: Int32Array, backward: number): number {
    const { tables, tree, other, form, orbits } = this;
    const state = conditioned.subarray(0, this.stateSize);
    if (backward === this.undoStop) {
      state[StateField.stopped] = 0;
      return this.stop;
    }
    tree.read(state);
    const block = tree.block[backward];
    if (tree.size === 1) {
      state.fill(-1);
      state[StateField.blocks] = 0;
      state[StateField.stopped] = 0;
      return tables.firstJoin[block];
    }
    const at = backward * LARGEST_MOLECULE;
    const join = joinOf(tables, block, tree.attachment[at]);
    const host = tree.neighbour[at];
    const hostAttachment = this.attachmentTo(host, backward);
    const kept = host > backward ? host - 1 : host;
    this.parent.set(this.formWithout(backward));
    const [place, attachment] = [form.place[kept], form.image(other, kept, hostAttachment)];
    this.child.set(state);
    state.set(this.parent);
    this.look(state);
    let stem = 0;
    while (orbits.node[stem] !== place || orbits.attachment[stem] !== attachment) stem++;
    return this.lowestTo(this.child.slice(), orbits.representative[stem], join);
  }

  /** Reads a state that has blocks, and finds its stems. */
  private look(state: Int32Array): void {
    this.orbits.find(this.tree.read(state), state);
  }

  private joinAt(stem: number, join: number): void {
    const { tables, orbits } = this;
    this.tree.join(orbits.node[stem], orbits.attachment[stem], tables.joinBlock[join], tables.joinAttachment[join]);
  }

  /** The canonical state after an action of the tree looked at; overwritten by the next one. */
  private formWith(stem: number, join: number): Int32Array {
    this.joinAt(stem, join);
    this.form.write(this.tree, this.parent);
    this.tree.unjoin();
    return this.parent;
  }

  /** The canonical state without a leaf of the tree; overwritten by the next one. */
  private formWithout(leaf: number): Int32Array {
    this.form.write(this.other.copyWithout(this.tree, leaf), this.child);
    return this.child;
  }

  /** The blocks of the tree's leaves, each once. */
  private leafBlocks(): Set<number> {
    const { tree } = this;
    const blocks = new Set<number>();
    for (let node = 0; node < tree.size; node++) if (tree.degree[node] <= 1) blocks.add(tree.block[node]);
    return blocks;
  }

  /** Of allowed actions that put on the same block and lead to the same child leaves the lowest. */
  private maskEqualChildren(block: number, mask: Uint8Array): void {
    const { tables, orbits } = this;
    const alike = new Map<string, [stem: number, join: number][]>();
    for (let stem = 0; stem < orbits.stems; stem++) {
      for (let join = tables.firstJoin[block]; join < tables.firstJoin[block + 1]; join++) {
        if (mask[stem * tables.joins + join] === 0) continue;
        const bond = this.bondOf(stem, join);
        alike.set(bond, [...(alike.get(bond) ?? []), [stem, join]]);
      }
    }
    for (const actions of alike.values()) {
      if (actions.length === 1) continue;
      const children = new Set<string>();
      for (const [stem, join] of actions) {
        const child = this.formWith(stem, join).join();
        if (children.has(child)) mask[stem * tables.joins + join] = 0;
        children.add(child);
      }
    }
  }

  /** What actions that lead to the same child share: the ends of the new bond, in any order, and the host's degree. */
  private bondOf(stem: number, join: number): string {
    const { tables, tree, orbits } = this;
    const host = orbits.node[stem];
    const ends = [
      `${tables.joinBlock[join]}.${tables.joinAttachment[join]}`,
      `${tree.block[host]}.${tables.orbit[tree.block[host]][orbits.attachment[stem]]}`,
    ];
    return `${ends.sort().join(' ')} ${tree.degree[host]}`;
  }

  /** The lowest action of the state looked at that leads to this child, of which the action given is one. */
  private lowestTo(child: Int32Array, stem: number, join: number): number {
    const { tables, orbits } = this;
    const block = tables.joinBlock[join];
    const action = stem * tables.joins + join;
    if (!this.leafBlocks().has(block)) return action;
    const bond = this.bondOf(stem, join);
    const last = tables.firstJoin[block + 1];
    for (let lower = 0; lower <= stem; lower++) {
      if (orbits.representative[lower] !== lower) continue;
      for (let other = tables.firstJoin[block]; other < last; other++) {
        const candidate = lower * tables.joins + other;
        if (candidate === action) return action;
        if (this.bondOf(lower, other) === bond && equal(this.formWith(lower, other), child)) return candidate;
      }
    }
    return action;
  }

  /** The lowest backward action of the state from which the block at `leaf` can be taken off to the same parent. */
  private removalTo(parent: Int32Array, state: Int32Array, leaf: number): number {
    const { tree } = this;
    tree.read(state);
    for (let lower = 0; lower < leaf; lower++) {
      const mayBe = tree.block[lower] === tree.block[leaf] && this.isRemovable(lower);
      if (mayBe && equal(this.formWithout(lower), parent)) return lower;
    }
    return leaf;
  }

  /** Whether a block is a leaf of the tree that the vocabulary can put back. */
  private isRemovable(node: number): boolean {
    const { tables, tree } = this;
    if (tree.degree[node] !== 1) return false;
    return joinOf(tables, tree.block[node], tree.attachment[node * LARGEST_MOLECULE]) >= 0;
  }

  /** The attachment of a block that holds a neighbour. */
  private attachmentTo(node: number, neighbour: number): number {
    let at = node * LARGEST_MOLECULE;
    while (this.tree.neighbour[at] !== neighbour) at++;
    return this.tree.attachment[at];
  }
}

function equal(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A bound on the open stems of a molecule that has room for one block more. */
function mostStems(tables: BlockTables, maximum: number): number {
  const further = Math.max(0, maximum - 2);
  const uses = Math.max(...tables.uses);
  const attachments = tables.mostAttachments;
  const gains = tables.joinBlock.map((block, join) => {
    const bonds = tables.capacity[block];
    return bonds.length - (bonds[tables.joinAttachment[join]] === 1 ? 1 : 0);
  });
  // An attachment that takes several bonds stays open when it takes the first.
  const closes = tables.capacity.every((bonds) => bonds.every((count) => count === 1)) ? 1 : 0;
  return Math.min(
    uses + further * Math.max(0, uses - 2),
    attachments + further * Math.max(0, Math.max(...gains) - closes),
  );
}
