import { LARGEST_MOLECULE, type BlockTables } from './block-tables.ts';
import { StateField, type BlockTree } from './block-tree.ts';

/** Most integers of a subtree's code: four for each block. */
const CODE = 4 * LARGEST_MOLECULE;
const NONE = -1;

/**
 * The canonical form of block trees: two trees have the same one just where an isomorphism maps one to the other that
 * is, on the attachments of every block, one of the block's automorphisms.
 *
 * The tree hangs from its centre (of two, from the one with the smaller code). The code of a subtree is its block, the
 * attachment that holds it, the number of its children, and for each of them the attachment and the child's code; of
 * all automorphisms of the block the one with the least code is taken, and children stand in ascending order.
 */
export class CanonicalForm {
  /** [size] Where each block of the last tree stands in its canonical state, */
  readonly place = new Int32Array(LARGEST_MOLECULE);
  /** and the automorphism that its attachments have gone through. */
  readonly automorphism = new Int32Array(LARGEST_MOLECULE);
  /** [size × CODE] The code of each block's subtree. */
  private readonly code = new Int32Array(LARGEST_MOLECULE * CODE);
  private readonly codeLength = new Int32Array(LARGEST_MOLECULE);
  /** [size × LARGEST_MOLECULE] Each block's children in canonical order, as places among its neighbours. */
  private readonly children = new Int32Array(LARGEST_MOLECULE ** 2);
  /** [size × LARGEST_MOLECULE] The order of a block's children by their codes alone, equal codes having equal ranks. */
  private readonly rank = new Int32Array(LARGEST_MOLECULE ** 2);
  private readonly pairs = new Int32Array(LARGEST_MOLECULE);
  private readonly bestPairs = new Int32Array(LARGEST_MOLECULE);
  private readonly rootCode = new Int32Array(CODE);
  private readonly left = new Int32Array(LARGEST_MOLECULE);
  private readonly removed = new Int32Array(LARGEST_MOLECULE);
  private next = 0;

  constructor(private readonly tables: BlockTables) {}

  /** Writes the canonical state of a tree that is not empty: not stopped. */
  write(tree: BlockTree, state: Int32Array): void {
    state.fill(NONE);
    state[StateField.blocks] = tree.size;
    state[StateField.stopped] = 0;
    this.next = 0;
    this.writeBlock(tree, this.root(tree), NONE, state, NONE, NONE);
  }

  /** The attachment that stands for this one of the last tree in its canonical state. */
  image(tree: BlockTree, node: number, attachment: number): number {
    return this.tables.automorphisms[tree.block[node]][this.automorphism[node]][attachment];
  }

  /** The block that the tree hangs from; the codes of all subtrees have been worked out then. */
  private root(tree: BlockTree): number {
    const [first, second] = this.centres(tree);
    this.encode(tree, first, NONE);
    if (second === NONE) return first;
    const length = this.codeLength[first];
    this.rootCode.set(this.code.subarray(first * CODE, first * CODE + length));
    this.encode(tree, second, NONE);
    if (compare(this.rootCode, 0, length, this.code, second * CODE, this.codeLength[second]) > 0) return second;
    this.encode(tree, first, NONE);
    return first;
  }

  /** Takes leaves off until one or two blocks are left: the centre, or both with NONE after a single one. */
  private centres(tree: BlockTree): [number, number] {
    const { left, removed } = this;
    for (let node = 0; node < tree.size; node++) {
      left[node] = tree.degree[node];
      removed[node] = 0;
    }
    for (let remaining = tree.size, round = 1; remaining > 2; round++) {
      for (let node = 0; node < tree.size; node++) {
        if (removed[node] !== 0 || left[node] !== 1) continue;
        removed[node] = round;
        remaining--;
      }
      for (let node = 0; node < tree.size; node++) {
        if (removed[node] === round) this.release(tree, node);
      }
    }
    let [first, second] = [NONE, NONE];
    for (let node = 0; node < tree.size; node++) {
      if (removed[node] !== 0) continue;
      if (first === NONE) first = node;
      else second = node;
    }
    return [first, second];
  }

  /** Counts a removed block's bonds off. */
  private release(tree: BlockTree, node: number): void {
    for (let k = 0; k < tree.degree[node]; k++) this.left[tree.neighbour[node * LARGEST_MOLECULE + k]]--;
  }

  /** Works out the code of a subtree, seen from the block that holds it. */
  private encode(tree: BlockTree, node: number, from: number): void {
    const base = node * LARGEST_MOLECULE;
    let children = 0;
    let held = NONE;
    for (let k = 0; k < tree.degree[node]; k++) {
      const other = tree.neighbour[base + k];
      if (other === from) {
        held = tree.attachment[base + k];
        continue;
      }
      this.encode(tree, other, node);
      this.insertByCode(tree, node, children++, k);
    }
    this.rankChildren(tree, node, children);
    this.chooseAutomorphism(tree, node, held, children);
    this.writeCode(tree, node, held, children);
  }

  /** Puts a child among the `count` ones before it, which stand in the order of their codes. */
  private insertByCode(tree: BlockTree, node: number, count: number, k: number): void {
    const base = node * LARGEST_MOLECULE;
    const { children } = this;
    const child = tree.neighbour[base + k];
    let at = count;
    for (; at > 0; at--) {
      const other = tree.neighbour[base + children[base + at - 1]];
      if (this.compareCodes(other, child) <= 0) break;
      children[base + at] = children[base + at - 1];
    }
    children[base + at] = k;
  }

  private rankChildren(tree: BlockTree, node: number, count: number): void {
    const base = node * LARGEST_MOLECULE;
    for (let i = 0, rank = 0; i < count; i++) {
      const child = tree.neighbour[base + this.children[base + i]];
      if (i > 0 && this.compareCodes(tree.neighbour[base + this.children[base + i - 1]], child) !== 0) rank++;
      this.rank[base + i] = rank;
    }
  }

  /** Of all automorphisms takes that with the least (image of `held`, sorted pairs of attachment and rank). */
  private chooseAutomorphism(tree: BlockTree, node: number, held: number, count: number): void {
    const base = node * LARGEST_MOLECULE;
    const { children, pairs, bestPairs } = this;
    const automorphisms = this.tables.automorphisms[tree.block[node]];
    let bestHeld = NONE;
    for (let g = 0; g < automorphisms.length; g++) {
      const images = automorphisms[g];
      const image = held === NONE ? NONE : images[held];
      if (g > 0 && image > bestHeld) continue;
      for (let i = 0; i < count; i++) {
        const attachment = images[tree.attachment[base + children[base + i]]];
        insert(pairs, i, pairOf(attachment, this.rank[base + i], i));
      }
      if (g > 0 && image === bestHeld && comparePairs(pairs, bestPairs, count) >= 0) continue;
      bestHeld = image;
      for (let i = 0; i < count; i++) bestPairs[i] = pairs[i];
      this.automorphism[node] = g;
    }
    for (let i = 0; i < count; i++) pairs[i] = children[base + childOf(bestPairs[i])];
    for (let i = 0; i < count; i++) children[base + i] = pairs[i];
  }

  private writeCode(tree: BlockTree, node: number, held: number, count: number): void {
    const base = node * LARGEST_MOLECULE;
    const { code, codeLength } = this;
    const images = this.tables.automorphisms[tree.block[node]][this.automorphism[node]];
    const start = node * CODE;
    let at = start;
    code[at++] = tree.block[node];
    code[at++] = held === NONE ? NONE : images[held];
    code[at++] = count;
    for (let i = 0; i < count; i++) {
      const k = base + this.children[base + i];
      const child = tree.neighbour[k];
      code[at++] = images[tree.attachment[k]];
      code.copyWithin(at, child * CODE, child * CODE + codeLength[child]);
      at += codeLength[child];
    }
    codeLength[node] = at - start;
  }

  private writeBlock(
    tree: BlockTree,
    node: number,
    from: number,
    state: Int32Array,
    parent: number,
    parentAttachment: number,
  ): void {
    const place = this.next++;
    const at = StateField.first + StateField.width * place;
    this.place[node] = place;
    state[at] = tree.block[node];
    state[at + 1] = parent;
    state[at + 2] = parentAttachment;
    state[at + 3] = this.code[node * CODE + 1];
    const base = node * LARGEST_MOLECULE;
    const count = tree.degree[node] - (from === NONE ? 0 : 1);
    for (let i = 0; i < count; i++) {
      const k = base + this.children[base + i];
      const attachment = this.image(tree, node, tree.attachment[k]);
      this.writeBlock(tree, tree.neighbour[k], node, state, place, attachment);
    }
  }

  private compareCodes(a: number, b: number): number {
    return compare(this.code, a * CODE, this.codeLength[a], this.code, b * CODE, this.codeLength[b]);
  }
}

/** A child in a list to be sorted: its attachment, the rank of its code, its place. */
function pairOf(attachment: number, rank: number, child: number): number {
  return (attachment * LARGEST_MOLECULE + rank) * LARGEST_MOLECULE + child;
}

function childOf(pair: number): number {
  return pair % LARGEST_MOLECULE;
}

/** Compares sorted pairs without their places. */
function comparePairs(a: Int32Array, b: Int32Array, count: number): number {
  for (let i = 0; i < count; i++) {
    const difference = Math.floor(a[i] / LARGEST_MOLECULE) - Math.floor(b[i] / LARGEST_MOLECULE);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Puts a value among the `count` sorted ones before it. */
export function insert(sorted: Int32Array, count: number, value: number): void {
  let at = count;
  for (; at > 0 && sorted[at - 1] > value; at--) sorted[at] = sorted[at - 1];
  sorted[at] = value;
}

/** Compares two codes lexicographically: none is the beginning of another one. */
function compare(
  a: Int32Array,
  aStart: number,
  aLength: number,
  b: Int32Array,
  bStart: number,
  bLength: number,
): number {
  const length = Math.min(aLength, bLength);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
