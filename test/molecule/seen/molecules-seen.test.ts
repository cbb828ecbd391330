import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MainModule } from '@rdkit/rdkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  canonicalSmiles,
  hypergrid,
  loadVocabulary,
  molecule,
  MoleculesSeen,
  murckoScaffold,
  readMolecules,
  smilesOf,
  type Molecule,
  type SeenMolecule,
  type Visited,
} from '../../../src/index.ts';
import { TemperedEnvironment } from '../../../src/env/tempered-environment.ts';
import { bitsOfNumber } from '../../../src/env/conditioned-environment.ts';
import { randomMolecules } from '../random-molecules.ts';

const folder = mkdtempSync(join(tmpdir(), 'gflownet-seen-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Toluene is a block, and what benzene and methane make. */
const vocabulary = await loadVocabulary({
  blocks: [
    { smiles: 'c1ccccc1', atoms: [0, 1, 2, 3, 4, 5] },
    { smiles: 'Cc1ccccc1', atoms: [0, 2, 3, 4, 5, 6] },
    { smiles: 'C', atoms: [0, 0, 0, 0] },
    { smiles: 'C1CNCCN1', atoms: [2, 5] },
    { smiles: 'F', atoms: [0] },
  ],
});
const environment = molecule({ blocks: vocabulary, minimumBlocks: 1, maximumBlocks: 6 });

/** Molecules with scores between 0 and 2 that a state determines. */
function visitedOf(states: readonly Int32Array[]): Visited {
  return {
    count: states.length,
    terminalState: Int32Array.from(states.flatMap((state) => Array.from(state))),
    logReward: Float64Array.from(states, (state) =>
      Math.log(2 * Math.abs(Math.sin(state.reduce((a, b) => 3 * a + b)))),
    ),
  };
}

const states = randomMolecules(vocabulary, 1500, 6, 5);
const visited = visitedOf(states);

async function molecules(of: string): Promise<SeenMolecule[]> {
  const all: SeenMolecule[] = [];
  for await (const part of readMolecules(of)) all.push(...part);
  return all;
}

/** What RDKit says of the fingerprints of molecules, by a scan over all. */
async function scanned(rows: readonly SeenMolecule[], modeScore: number): Promise<(boolean | null)[]> {
  const rdkit = await (createRequire(import.meta.url)('@rdkit/rdkit') as () => Promise<MainModule>)();
  const modes: Set<number>[] = [];
  return rows.map(({ smiles, score }) => {
    if (score <= modeScore) return false;
    const mol = rdkit.get_mol(smiles);
    const text = mol?.get_morgan_fp(JSON.stringify({ radius: 2, nBits: 2048 })) ?? '';
    mol?.delete();
    const bits = new Set(Array.from(text).flatMap((bit, i) => (bit === '1' ? [i] : [])));
    const isNew = modes.every((mode) => {
      const common = [...bits].filter((bit) => mode.has(bit)).length;
      return common / (bits.size + mode.size - common) < 0.7;
    });
    if (isNew) modes.push(bits);
    return isNew;
  });
}

async function collect(name: string, parts: readonly Visited[], of: Molecule = environment) {
  const seen = await MoleculesSeen.open(join(folder, name), of, { modeScore: 1 });
  for (const part of parts) await seen.add(part);
  const position = await seen.flush();
  const figures = await seen.figures();
  await seen.close();
  return { position, figures };
}

describe('MoleculesSeen', () => {
  let rows: SeenMolecule[];
  let figures: Awaited<ReturnType<typeof collect>>['figures'];
  const whole = join(folder, 'whole');
  beforeAll(async () => {
    ({ figures } = await collect('whole', [visited]));
    rows = await molecules(whole);
  });

  it('has every molecule once, with the tree and the score that came first', async () => {
    const canonical = await canonicalSmiles(states.map((state) => environment.smiles(state)));
    const expected = new Map<string | null, object>();
    canonical.forEach((smiles, i) => {
      if (expected.has(smiles)) return;
      const score = Math.exp(visited.logReward[i]);
      expected.set(smiles, { smiles, score, tree: environment.format(states[i]), visit: i + 1 });
    });
    expect(rows.map(({ smiles, score, tree, visit }) => ({ smiles, score, tree, visit }))).toEqual([
      ...expected.values(),
    ]);
    const trees = new Set(states.map((state) => environment.format(state)));
    expect(figures.uniqueMolecules).toBe(expected.size);
    expect(figures.duplicateTrees).toBe(trees.size - expected.size);
    expect(figures.duplicateTrees).toBeGreaterThan(20);
  });

  it('counts modes, scaffolds and the best as a scan does', async () => {
    const modes = await scanned(rows, 1);
    expect(rows.map(({ mode }) => mode)).toEqual(modes);
    expect(figures.modes).toBe(modes.filter((mode) => mode === true).length);
    expect(figures.modes).toBeGreaterThan(20);
    const best = rows.filter(({ score }) => score > 1);
    const written = best.map(({ tree }) => smilesOf(murckoScaffold(environment.graph(environment.parse(tree)))));
    const canonical = await canonicalSmiles(written.filter((smiles) => smiles !== ''));
    expect(best.flatMap(({ scaffold }) => (scaffold === null ? [] : [scaffold]))).toEqual(canonical);
    expect(rows.filter(({ score }) => score <= 1).every(({ scaffold }) => scaffold === null)).toBe(true);
    expect(figures.scaffolds).toBe(new Set(canonical).size);
    const scores = rows.map(({ score }) => score).sort((a, b) => b - a);
    const mean = (k: number) => scores.slice(0, k).reduce((sum, score) => sum + score, 0) / k;
    expect(figures.top10).toBeCloseTo(mean(10), 12);
    expect(figures.top100).toBeCloseTo(mean(100), 12);
  });

  it('goes on from a position as if it had not stopped, whatever was written after it', async () => {
    const [first, second] = [visitedOf(states.slice(0, 700)), visitedOf(states.slice(700))];
    const { position } = await collect('parts', [first]);
    const path = join(folder, 'parts');
    // A process that wrote more than its last checkpoint says, and was killed.
    const killed = await MoleculesSeen.open(path, environment, { modeScore: 1, position });
    await killed.add(visitedOf(states.slice(900)));
    await killed.flush();
    await killed.close();
    const seen = await MoleculesSeen.open(path, environment, { modeScore: 1, position });
    await seen.add(second);
    await seen.flush();
    expect(await seen.figures()).toEqual(figures);
    await seen.close();
    for (const name of readdirSync(whole)) {
      expect(readFileSync(join(path, name), 'latin1')).toBe(readFileSync(join(whole, name), 'latin1'));
    }
  });

  it('forgets a former collection unless it is told a position', async () => {
    await collect('again', [visited]);
    const { figures: few } = await collect('again', [visitedOf(states.slice(0, 3))]);
    expect(few).toMatchObject({ uniqueMolecules: 3, top10: null, top100: null });
    expect(await molecules(join(folder, 'again'))).toHaveLength(3);
  });

  it('takes the reward at β = 1 where β is a condition', async () => {
    const tempered = new TemperedEnvironment(environment, { minimum: 0.5, maximum: 4, bins: 0 });
    const beta = 3;
    const x = Int32Array.of(...states[0], bitsOfNumber(beta));
    const seen = await MoleculesSeen.open(join(folder, 'tempered'), tempered);
    await seen.add({ count: 1, terminalState: x, logReward: Float64Array.of(beta * Math.log(1.5)) });
    await seen.flush();
    await seen.close();
    const [{ score, tree }] = await molecules(join(folder, 'tempered'));
    expect(score).toBeCloseTo(1.5, 12);
    expect(tree).toBe(environment.format(states[0]));
  });

  it('makes a caller wait that is far ahead of the thread', async () => {
    const many = randomMolecules(vocabulary, 12_000, 6, 8);
    const seen = await MoleculesSeen.open(join(folder, 'waiting'), environment);
    let waited = 0;
    for (let first = 0; first < many.length; first += 500) {
      const added = seen.add(visitedOf(many.slice(first, first + 500)));
      // The event loop is free meanwhile: a timer comes through while the promise waits.
      const which = await Promise.race([
        added.then(() => 'room'),
        new Promise((done) => setTimeout(done, 1, 'behind')),
      ]);
      if (which === 'behind') waited++;
      await added;
    }
    expect(waited).toBeGreaterThan(0);
    expect((await seen.flush()).visits).toBe(many.length);
    await seen.close();
  });

  it('says what is wrong with what it is given', async () => {
    const open = (path: unknown, of: unknown, options?: unknown) =>
      MoleculesSeen.open(path as string, of as Molecule, options as object);
    await expect(open(join(folder, 'none'), hypergrid())).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(open(7, environment)).rejects.toMatchObject({ code: 'ERR_ARGUMENT' });
    await expect(open(join(folder, 'none'), environment, { modeScore: NaN })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT',
    });
    await expect(open(join(folder, 'none'), environment, { modescore: 1 })).rejects.toMatchObject({
      code: 'ERR_UNKNOWN_OPTION',
    });
    const position = { molecules: 5, visits: 9, duplicates: new Uint32Array(0) };
    await expect(open(join(folder, 'none'), environment, { position })).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT',
    });
  });

  it('tells its failure to every later call', async () => {
    const path = join(folder, 'lost');
    const seen = await MoleculesSeen.open(path, environment);
    rmSync(path, { recursive: true });
    await seen.add(visited);
    await expect(seen.flush()).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(seen.add(visited)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await expect(seen.figures()).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
    await seen.close();
    await expect(seen.add(visited)).rejects.toMatchObject({ code: 'ERR_OUTPUT' });
  });
});
