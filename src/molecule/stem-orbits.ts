import { LARGEST_MOLECULE, type BlockTables } from './block-tables.ts';
import { StateField, type BlockTree } from './block-tree.ts';
import { insert } from './canonical-form.ts';

const NONE = -1;
/** Most integers of a signature: block, attachment, count, children. */
const SIGNATURE = 3 + LARGEST_MOLECULE;
/** Numbers of subtrees are below this: each junction bond has two. */
const SUBTREES = 2 * LARGEST_MOLECULE;

/**
 * The open stems of a tree, and which of them an automorphism of the tree maps to one another. A stem is an attachment
 * that can still take a bond; stems are numbered by block, then attachment.
 *
 * Every subtree that hangs on a junction bond, seen from either side, gets a number that isomorphic ones share. Two
 * stems are equivalent just where their blocks, with the stem in place of the bond that holds them, have the same
 * subtrees at the same attachments, up to automorphisms of the block.
 */
export class StemOrbits {
  /** Number of stems. */
  stems = 0;
  /** [stems] */
  readonly node: Int32Array;
  /** [stems] */
  readonly attachment: Int32Array;
  /** [stems] The lowest stem that is equivalent to this one. */
  readonly representative: Int32Array;
  /** [stems × SIGNATURE] */
  private readonly stemSignature: Int32Array;
  private readonly parent = new Int32Array(LARGEST_MOLECULE);
  /** [size] Numbers of subtrees: of a block seen from its parent, */
  private readonly down = new Int32Array(LARGEST_MOLECULE);
  /** and of the parent seen from it. */
  private readonly up = new Int32Array(LARGEST_MOLECULE);
  private readonly subtreeSignature = new Int32Array(SUBTREES * SIGNATURE);
  private readonly pairs = new Int32Array(LARGEST_MOLECULE);
  private subtrees = 0;

  constructor(private readonly tables: BlockTables) {
    const most = LARGEST_MOLECULE * tables.mostAttachments;
    this.node = new Int32Array(most);
    this.attachment = new Int32Array(most);
    this.representative = new Int32Array(most);
    this.stemSignature = new Int32Array(most * SIGNATURE);
  }

  /** Finds the stems of a state that `tree` has read: blocks stand after their parents. */
  find(tree: BlockTree, state: Int32Array): void {
    const { parent, down, up } = this;
    for (let i = 0; i < tree.size; i++) parent[i] = state[StateField.first + StateField.width * i + 1];
    this.subtrees = 0;
    for (let node = tree.size - 1; node > 0; node--) down[node] = this.subtree(tree, node, parent[node]);
    for (let node = 1; node < tree.size; node++) up[node] = this.subtree(tree, parent[node], node);
    this.stems = 0;
    for (let node = 0; node < tree.size; node++) {
      for (let attachment = 0; attachment < this.tables.capacity[tree.block[node]].length; attachment++) {
        if (tree.open(node, attachment) > 0) this.addStem(tree, node, attachment);
      }
    }
  }

  private addStem(tree: BlockTree, node: number, attachment: number): void {
    const stem = this.stems++;
    this.node[stem] = node;
    this.attachment[stem] = attachment;
    this.sign(tree, node, NONE, attachment, this.stemSignature, stem * SIGNATURE);
    let first = 0;
    while (!equal(this.stemSignature, first * SIGNATURE, stem * SIGNATURE)) first++;
    this.representative[stem] = first;
  }

  /** The number of the subtree at a block, seen from a neighbour. */
  private subtree(tree: BlockTree, node: number, from: number): number {
    const base = node * LARGEST_MOLECULE;
    let held = NONE;
    for (let k = 0; k < tree.degree[node]; k++) if (tree.neighbour[base + k] === from) held = tree.attachment[base + k];
    const fresh = this.subtrees;
    this.sign(tree, node, from, held, this.subtreeSignature, fresh * SIGNATURE);
    let known = 0;
    while (!equal(this.subtreeSignature, known * SIGNATURE, fresh * SIGNATURE)) known++;
    if (known === fresh) this.subtrees++;
    return known;
  }

  /** Writes what tells a block with its subtrees, but for that of `from`, held by an attachment. */
  private sign(tree: BlockTree, node: number, from: number, held: number, signature: Int32Array, start: number): void {
    const base = node * LARGEST_MOLECULE;
    const { pairs, parent } = this;
    const automorphisms = this.tables.automorphisms[tree.block[node]];
    const count = tree.degree[node] - (from === NONE ? 0 : 1);
    signature[start] = tree.block[node];
    signature[start + 1] = automorphisms[0].length; // above every attachment
    signature[start + 2] = count;
    for (const images of automorphisms) {
      if (images[held] > signature[start + 1]) continue;
      let children = 0;
      for (let k = 0; k < tree.degree[node]; k++) {
        const other = tree.neighbour[base + k];
        if (other === from) continue;
        const number = other === parent[node] ? this.up[node] : this.down[other];
        insert(pairs, children++, images[tree.attachment[base + k]] * SUBTREES + number);
      }
      if (images[held] === signature[start + 1] && !isLess(pairs, signature, start + 3, count)) continue;
      signature[start + 1] = images[held];
      for (let i = 0; i < count; i++) signature[start + 3 + i] = pairs[i];
    }
  }
}

function isLess(pairs: Int32Array, signature: Int32Array, start: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (pairs[i] !== signature[start + i]) return pairs[i] < signature[start + i];
  return false;
}

/** Whether two signatures, of which the one at `second` was written last, are the same. */
function equal(signatures: Int32Array, first: number, second: number): boolean {
  const length = 3 + signatures[second + 2];
  for (let i = 0; i < length; i++) if (signatures[first + i] !== signatures[second + i]) return false;
  return true;
}
