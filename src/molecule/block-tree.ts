import { LARGEST_MOLECULE, type BlockTables } from './block-tables.ts';

/**
 * A state is the number of blocks, 1 if the trajectory has stopped, then four integers for each block: which one it is,
 * its parent, the parent's attachment that holds it, and its own; −1 where there is none.
 */
export const StateField = { blocks: 0, stopped: 1, first: 2, width: 4 } as const;

export function stateSizeOf(maximumBlocks: number): number {
  return StateField.first + StateField.width * maximumBlocks;
}

/** A tree of blocks without a root: each block's junction bonds. Its arrays are reused. */
export class BlockTree {
  /** Number of blocks. */
  size = 0;
  /** [size] */
  readonly block = new Int32Array(LARGEST_MOLECULE);
  /** [size] Junction bonds of a block. */
  readonly degree = new Int32Array(LARGEST_MOLECULE);
  /** [size × LARGEST_MOLECULE] Blocks that a block is joined to, */
  readonly neighbour = new Int32Array(LARGEST_MOLECULE ** 2);
  /** and its own attachment that holds each of them. */
  readonly attachment = new Int32Array(LARGEST_MOLECULE ** 2);

  constructor(private readonly tables: BlockTables) {}

  read(state: Int32Array): this {
    this.size = 0;
    for (let i = 0; i < state[StateField.blocks]; i++) {
      const at = StateField.first + StateField.width * i;
      if (i === 0) this.addFirst(state[at]);
      else this.join(state[at + 1], state[at + 2], state[at], state[at + 3]);
    }
    return this;
  }

  addFirst(block: number): void {
    this.block[0] = block;
    this.degree[0] = 0;
    this.size = 1;
  }

  /** Adds a block; it is the last one then. */
  join(parent: number, parentAttachment: number, block: number, attachment: number): void {
    const last = this.size++;
    this.block[last] = block;
    this.degree[last] = 0;
    this.connect(parent, parentAttachment, last);
    this.connect(last, attachment, parent);
  }

  /** Takes the block off again that `join` has added last. */
  unjoin(): void {
    const last = --this.size;
    this.degree[this.neighbour[last * LARGEST_MOLECULE]]--;
  }

  private connect(from: number, attachment: number, to: number): void {
    const at = from * LARGEST_MOLECULE + this.degree[from]++;
    this.neighbour[at] = to;
    this.attachment[at] = attachment;
  }

  /** Makes this the other tree without a block that has one junction bond. */
  copyWithout(other: BlockTree, leaf: number): this {
    const shifted = (node: number) => (node > leaf ? node - 1 : node);
    this.size = other.size - 1;
    for (let from = 0; from < other.size; from++) {
      if (from === leaf) continue;
      const node = shifted(from);
      this.block[node] = other.block[from];
      this.degree[node] = 0;
      for (let k = 0; k < other.degree[from]; k++) {
        const at = from * LARGEST_MOLECULE + k;
        if (other.neighbour[at] !== leaf) this.connect(node, other.attachment[at], shifted(other.neighbour[at]));
      }
    }
    return this;
  }

  /** Junction bonds that an attachment of a block can still take. */
  open(node: number, attachment: number): number {
    let open = this.tables.capacity[this.block[node]][attachment];
    for (let k = 0; k < this.degree[node]; k++) {
      if (this.attachment[node * LARGEST_MOLECULE + k] === attachment) open--;
    }
    return open;
  }

  /** Junction bonds that all blocks together can still take. */
  openInAll(): number {
    let open = 0;
    for (let node = 0; node < this.size; node++) open += this.tables.uses[this.block[node]] - this.degree[node];
    return open;
  }
}
