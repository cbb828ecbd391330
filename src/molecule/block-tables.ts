import type { Vocabulary } from './vocabulary.ts';

/** Most blocks of a molecule; `native/molecule/block_tables.hpp` has the same. */
export const LARGEST_MOLECULE = 16;

/**
 * A vocabulary as the process reads it. A *join* is a block with the attachment by which it joins a molecule; actions
 * name joins. Those of a block follow one another.
 */
export interface BlockTables {
  readonly blocks: number;
  readonly joins: number;
  /** Most attachments of a block. */
  readonly mostAttachments: number;
  /** [blocks][attachments] Junction bonds that an attachment takes. */
  readonly capacity: readonly (readonly number[])[];
  /** [blocks] Junction bonds that a block takes in all. */
  readonly uses: readonly number[];
  /** [blocks][attachments] The lowest attachment that an automorphism maps this one to. */
  readonly orbit: readonly (readonly number[])[];
  /** [blocks][automorphisms][attachments] */
  readonly automorphisms: readonly (readonly (readonly number[])[])[];
  /** [blocks + 1] */
  readonly firstJoin: readonly number[];
  /** [joins] */
  readonly joinBlock: readonly number[];
  /** [joins] The lowest of its orbit. */
  readonly joinAttachment: readonly number[];
}

export function blockTables({ blocks }: Vocabulary): BlockTables {
  const joinBlock = blocks.flatMap(({ joins }, block) => joins.map(() => block));
  const firstJoin = [0];
  for (const { joins } of blocks) firstJoin.push(firstJoin[firstJoin.length - 1] + joins.length);
  const capacity = blocks.map(({ attachments }) => attachments.map(({ hydrogens }) => hydrogens.length));
  return {
    blocks: blocks.length,
    joins: joinBlock.length,
    mostAttachments: Math.max(...blocks.map(({ attachments }) => attachments.length)),
    capacity,
    uses: capacity.map((bonds) => bonds.reduce((sum, count) => sum + count, 0)),
    orbit: blocks.map(({ attachments, automorphisms }) =>
      attachments.map((_, attachment) => Math.min(...automorphisms.map((images) => images[attachment]))),
    ),
    automorphisms: blocks.map(({ automorphisms }) => automorphisms),
    firstJoin,
    joinBlock,
    joinAttachment: blocks.flatMap(({ joins }) => joins),
  };
}

/** The join that puts a block back which hangs by this attachment; −1 if there is none. */
export function joinOf(tables: BlockTables, block: number, attachment: number): number {
  const orbit = tables.orbit[block][attachment];
  for (let join = tables.firstJoin[block]; join < tables.firstJoin[block + 1]; join++) {
    if (tables.joinAttachment[join] === orbit) return join;
  }
  return -1;
}
