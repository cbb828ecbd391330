import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { alignedTable } from '../dist/cli/terminal.js';
import { timeTypeScript } from './matrix-product-typescript.js';
import { median, pairedRatios } from './statistics.js';

const ROUNDS = 15;
const OPERATIONS_A_ROUND = 4e8;
const WARM_UP_ROUNDS = 3;
const flags = ['-std=c++20', '-O2', '-fno-tree-vectorize'];

/** States of a step of hypergrid 16⁴ at batch 16 and of one of its calls while sampling. */
const ROWS = 400;
const CALL_ROWS = 16;

/** @typedef {import('./matrix-product-typescript.js').Product} Product */

/** @returns {Product} */
function product(
  /** @type {string} */ name,
  /** @type {number} */ m,
  /** @type {number} */ n,
  /** @type {number} */ k,
  transposeLeft = false,
  transposeRight = false,
) {
  return { name, m, n, k, transposeLeft, transposeRight };
}

/** The products of that step, 256×256 hidden units, 5 + 5 outputs. */
const products = [
  product('sampling, first layer', CALL_ROWS, 256, 64),
  product('sampling, second layer', CALL_ROWS, 256, 256),
  product('forward, first layer', ROWS, 256, 64),
  product('forward, second layer', ROWS, 256, 256),
  product('forward, heads', ROWS, 10, 256),
  product("weights' gradient, second layer", 256, 256, ROWS, true, false),
  product("inputs' gradient, second layer", ROWS, 256, 256, false, true),
];

/** Throws if there is no compiler, or it fails. */
function compile(/** @type {string} */ folder) {
  const program = join(folder, 'matrix_product');
  const source = fileURLToPath(new URL('reference/matrix_product.cpp', import.meta.url));
  const { status, stderr, error } = spawnSync('g++', [...flags, source, '-o', program], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`reference: expected g++ to compile ${source}: ${error?.message ?? stderr}`);
  return program;
}

/**
 * The TypeScript path's matrix product against the same loop in C++, sizes of a training step, round by round in turn;
 * both must give the same bits.
 */
export async function runReference(/** @type {(text: string) => void} */ print) {
  const folder = mkdtempSync(join(tmpdir(), 'gflownet-reference-'));
  try {
    const child = spawn(compile(folder), [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const timeCpp = async (/** @type {Product} */ chosen, /** @type {number} */ repetitions) => {
      const { m, n, k, transposeLeft, transposeRight } = chosen;
      child.stdin.write(`${m} ${n} ${k} ${Number(transposeLeft)} ${Number(transposeRight)} ${repetitions}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('reference: the C++ program ended without an answer');
      const [seconds, checksum] = value.split(' ').map(Number);
      return { seconds, checksum };
    };
    const results = [];
    for (const chosen of products) results.push(await compare(chosen, timeCpp));
    child.stdin.end();
    await once(child, 'close');

    const rows = results.map(({ name, m, n, k, typescriptGigaflops, cppGigaflops, ratio }) => [
      name,
      `${m}×${n}×${k}`,
      typescriptGigaflops.toFixed(2),
      cppGigaflops.toFixed(2),
      ratio.toFixed(2),
    ]);
    print(`g++ ${flags.join(' ')}`);
    print(alignedTable([['product', 'm×n×k', 'TypeScript GFLOP/s', 'C++ GFLOP/s', 'times slower'], ...rows]));
    return { flags, products: results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Product} chosen
 * @param {(chosen: Product, repetitions: number) => Promise<{ seconds: number, checksum: number }>} timeCpp
 */
async function compare(chosen, timeCpp) {
  const operations = 2 * chosen.m * chosen.n * chosen.k;
  const repetitions = Math.max(1, Math.round(OPERATIONS_A_ROUND / operations));
  const typescript = [];
  const cpp = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const ours = timeTypeScript(chosen, repetitions);
    const theirs = await timeCpp(chosen, repetitions);
    if (ours.checksum !== theirs.checksum) {
      throw new Error(`reference: ${chosen.name}: TypeScript gives ${ours.checksum}, C++ ${theirs.checksum}`);
    }
    if (round < WARM_UP_ROUNDS) continue;
    typescript.push(ours.seconds);
    cpp.push(theirs.seconds);
  }
  const gigaflops = (operations * repetitions) / 1e9;
  return {
    ...chosen,
    typescriptGigaflops: gigaflops / median(typescript),
    cppGigaflops: gigaflops / median(cpp),
    ratio: median(pairedRatios(typescript, cpp)),
  };
}
