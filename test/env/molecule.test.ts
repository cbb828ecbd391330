import { describe, expect, test } from 'vitest';
import { molecule, type Molecule } from '../../src/env/molecule.ts';
import { blockTables } from '../../src/molecule/block-tables.ts';
import { BlockTree, StateField } from '../../src/molecule/block-tree.ts';
import { countTrees } from '../../src/molecule/tree-count.ts';
import { vocabularyOfLines } from '../../src/molecule/vocabulary.ts';
import { detailedBalance, flowMatching, trajectoryBalance } from '../../src/objective/define-objective.ts';
import type { Objective } from '../../src/objective/objective.ts';
import { Trainer } from '../../src/trainer/trainer.ts';
import { upToIsomorphism } from '../molecule/tree-isomorphism.ts';
import { alkanes, chains, restricted, symmetricRings } from './molecule-vocabularies.ts';
import { logSumExp, reachableStates, terminalStates } from './reachable.ts';

function built(lines: readonly string[], maximumBlocks: number, minimumBlocks = 1): Molecule {
  return molecule({ blocks: lines, minimumBlocks, maximumBlocks });
}

function count(bound: number, holds: (i: number) => boolean): number {
  return Array.from({ length: bound }, (_, i) => i).filter(holds).length;
}

/** What every join on every open stem leads to, and every block taken off that some join puts back. */
function neighbours(environment: Molecule, state: Int32Array): { children: Int32Array[]; parents: Int32Array[] } {
  const tables = blockTables(environment.vocabulary);
  const tree = new BlockTree(tables).read(state);
  const after = (change: (copy: Int32Array) => void) => {
    const copy = state.slice();
    change(copy);
    return copy;
  };
  let stems = 0;
  const parents: Int32Array[] = [];
  for (let node = 0; node < tree.size; node++) {
    for (let attachment = 0; attachment < tables.capacity[tree.block[node]].length; attachment++) {
      if (tree.open(node, attachment) > 0) stems++;
    }
    if (tree.degree[node] !== 1) continue;
    const held = tables.orbit[tree.block[node]][tree.attachment[node * 16]];
    const joins = tables.joinBlock.some((block, j) => block === tree.block[node] && tables.joinAttachment[j] === held);
    if (joins) parents.push(after((copy) => environment.undo(copy, node)));
  }
  const actions = environment.isTerminal(state) ? 0 : stems * tables.joins;
  const children = Array.from({ length: actions }, (_, action) => after((copy) => environment.apply(copy, action)));
  return { children, parents };
}

describe.each([
  ['rings with symmetries', symmetricRings, 4],
  ['chains whose atoms take several bonds', chains, 5],
  ['carbon', alkanes, 7],
  ['blocks that differ in their attachments', restricted, 3],
] as const)('%s', (_, lines, most) => {
  test('actions and removals are one for each child and parent, counted by isomorphism of the atoms', () => {
    const environment = built(lines, most);
    const states = [...reachableStates(environment).values()].filter((state) => state[StateField.stopped] === 0);
    for (const state of states) {
      const size = state[StateField.blocks];
      if (size === 0) continue;
      const { children, parents } = neighbours(environment, state);
      const grown = count(environment.actions - 1, (action) => environment.allowed(state, action));
      expect(grown, environment.format(state)).toBe(upToIsomorphism(environment.vocabulary, children).length);
      if (size === 1) continue;
      const removed = count(most, (backward) => environment.backwardAllowed(state, backward));
      expect(removed, environment.format(state)).toBe(upToIsomorphism(environment.vocabulary, parents).length);
    }
  });

  test('no two states are isomorphic', () => {
    const environment = built(lines, Math.min(most, 4));
    const states = [...reachableStates(environment).values()].filter((state) => state[StateField.stopped] === 0);
    for (let size = 1; size <= Math.min(most, 4); size++) {
      const some = states.filter((state) => state[StateField.blocks] === size).slice(0, 200);
      expect(upToIsomorphism(environment.vocabulary, some).length).toBe(some.length);
    }
  });
});

describe('counts by Pólya’s theorem', () => {
  test('trees of carbon are alkanes', () => {
    const { all } = countTrees(blockTables(vocabularyOfLines('blocks', alkanes)), 12);
    expect(all.slice(1)).toEqual([1, 1, 1, 2, 3, 5, 9, 18, 35, 75, 159, 355].map(BigInt));
  });

  test('two joined benzenes are one state, three are ortho, meta and para', () => {
    const [benzene] = symmetricRings;
    const { all, closed } = countTrees(blockTables(vocabularyOfLines('blocks', [benzene])), 3);
    expect(all).toEqual([0n, 1n, 1n, 3n]);
    expect(closed).toEqual([0n, 0n, 0n, 0n]);
  });
});

describe('bounds', () => {
  test('a molecule below the least size does not close', () => {
    const environment = built(symmetricRings, 4, 4);
    const sizes = terminalStates(environment).map((x) => x[StateField.blocks]);
    expect(new Set(sizes)).toEqual(new Set([4]));
    expect(sizes.length).toBe(environment.terminalCount);
  });

  test('the last stem of a molecule below the least size takes what leaves one open', () => {
    const environment = built(symmetricRings, 8, 8);
    const fluorines = terminalStates(built([symmetricRings[2]], 2, 2));
    expect(fluorines.map((x) => built([symmetricRings[2]], 2, 2).format(x))).toEqual(['F 0:0:0:F']);
    const x = new Int32Array(environment.stateSize);
    environment.initial(x);
    environment.apply(x, 2); // fluorine alone
    expect(environment.format(x)).toBe('F');
    expect(environment.allowed(x, 2)).toBe(false);
    expect(environment.allowed(x, 0)).toBe(true);
  });
});

test('what a condition adds to a state stays as it is', () => {
  const environment = built(symmetricRings, 3, 2);
  const state = new Int32Array(environment.stateSize + 2).fill(77);
  environment.initial(state);
  const taken: number[] = [];
  while (!environment.isTerminal(state)) {
    const action = Array.from({ length: environment.actions }, (_, a) => a).findLast((a) =>
      environment.allowed(state, a),
    )!;
    taken.push(environment.apply(state, action));
    expect([...state.subarray(environment.stateSize)]).toEqual([77, 77]);
  }
  for (const backward of taken.reverse()) environment.undo(state, backward);
  expect(environment.format(state)).toBe('');
  expect([...state.subarray(environment.stateSize)]).toEqual([77, 77]);
});

const objectives: readonly Objective[] = [trajectoryBalance(), flowMatching(), detailedBalance()];

describe('training reaches R / Z on a few blocks with symmetries', () => {
  test.each(objectives.map((objective) => [objective.name, objective] as const))('%s', async (_, objective) => {
    const environment = molecule({
      blocks: symmetricRings,
      minimumBlocks: 2,
      maximumBlocks: 3,
      weights: [0.7, -0.4, 0.2],
    });
    const steps = 2000;
    using trainer = await Trainer.create({
      environment,
      objective,
      hidden: [128],
      batchSize: 32,
      seed: 1,
      learningRate: { kind: 'cosine', start: 0.005, end: 0, steps },
      learningRateLogZ: { kind: 'cosine', start: 0.1, end: 0, steps },
    });
    for await (const { step } of trainer.train({ steps, reportEvery: steps })) expect(step).toBe(steps);
    const { l1Sum, logZ, exactLogZ } = await trainer.evaluate({ samples: 1000, seed: 1 });
    const exact = logSumExp(terminalStates(environment).map((x) => environment.logReward(x)));
    expect(exactLogZ).toBeCloseTo(exact, 10);
    expect(l1Sum).toBeLessThan(0.1);
    expect(Math.abs(logZ! - exact)).toBeLessThan(0.05);
  });
});
