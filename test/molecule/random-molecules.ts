import { blockTables } from '../../src/molecule/block-tables.ts';
import { BlockTree, stateSizeOf } from '../../src/molecule/block-tree.ts';
import { CanonicalForm } from '../../src/molecule/canonical-form.ts';
import type { Vocabulary } from '../../src/molecule/vocabulary.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';

/** States of molecules of 1 to `most` blocks, each grown by joins drawn uniformly on stems drawn uniformly. */
export function randomMolecules(vocabulary: Vocabulary, count: number, most: number, seed: number): Int32Array[] {
  const tables = blockTables(vocabulary);
  const form = new CanonicalForm(tables);
  const random = new RandomStream(seed, Purpose.evaluation);
  return Array.from({ length: count }, (_, molecule) => {
    let draws = 0;
    const below = (bound: number) => Math.floor(random.uniform(molecule, draws++) * bound);
    const tree = new BlockTree(tables);
    tree.addFirst(below(tables.blocks));
    const size = 1 + below(most);
    while (tree.size < size && tree.openInAll() > 0) {
      const stems = openStems(tree, tables.capacity);
      const [node, attachment] = stems[below(stems.length)];
      const join = below(tables.joins);
      tree.join(node, attachment, tables.joinBlock[join], tables.joinAttachment[join]);
    }
    const state = new Int32Array(stateSizeOf(most));
    form.write(tree, state);
    return state;
  });
}

function openStems(tree: BlockTree, capacity: readonly (readonly number[])[]): [node: number, attachment: number][] {
  return Array.from({ length: tree.size }, (_, node) => node).flatMap((node) =>
    capacity[tree.block[node]].flatMap((_, attachment): [number, number][] =>
      tree.open(node, attachment) > 0 ? [[node, attachment]] : [],
    ),
  );
}
