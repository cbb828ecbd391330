import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** What a process is asked to do: memory can only be measured from outside of all other tests. */
interface Work {
  readonly environment: string;
  readonly objective: string;
  readonly learnBackward?: boolean;
  readonly backend?: 'native' | 'typescript';
  readonly batchSize: number;
  readonly samples?: number;
  readonly memoryBytes: number;
}

const entry = new URL('../../dist/index.js', import.meta.url).href;

/**
 * Trains on one trajectory, for everything that does not grow with the states, then on a batch, or samples, with
 * memory for a part of it. Prints by how many bytes the process has grown at most.
 */
const program = (work: Work) => `
  import * as gflownet from ${JSON.stringify(entry)};
  const work = ${JSON.stringify(work)};
  const environment = gflownet.${work.environment};
  const create = (batchSize) => gflownet.Trainer.create({
    environment, batchSize, objective: gflownet.${work.objective}(), hidden: [16], threads: 2,
    learnBackward: work.learnBackward, backend: work.backend, memoryBytes: work.memoryBytes,
  });
  const step = async (trainer) => { for await (const _ of trainer.train({ steps: 1 })); };
  const small = await create(1);
  await step(small);
  const before = process.resourceUsage().maxRSS;
  const large = await create(work.batchSize);
  if (work.samples === undefined) await step(large);
  else await large.model.sampleTrajectories(work.samples);
  console.log(1024 * (process.resourceUsage().maxRSS - before));
  small.dispose();
  large.dispose();
`;

async function growth(work: Work): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program(work)]);
  return Number(stdout);
}

/** Not counted: scratch of the runtime for a block of rows, transitions, fragments. */
const SLACK = 48e6;

const words = "bitSequence({ modes: ['0'.repeat(120)] })"; // 3,840 actions
const wide = 'hypergrid({ dimensions: 500, side: 2 })';
const cases: readonly (readonly [string, Work])[] = [
  ['uniform P_B', { environment: words, objective: 'trajectoryBalance', batchSize: 128, memoryBytes: 8e7 }],
  [
    'learned P_B',
    { environment: wide, objective: 'detailedBalance', learnBackward: true, batchSize: 32, memoryBytes: 6e7 },
  ],
  ['flow matching', { environment: words, objective: 'flowMatching', batchSize: 32, memoryBytes: 8e7 }],
  ['sampling', { environment: words, objective: 'trajectoryBalance', batchSize: 1, samples: 1024, memoryBytes: 8e7 }],
  [
    'TypeScript',
    { environment: words, objective: 'trajectoryBalance', backend: 'typescript', batchSize: 64, memoryBytes: 8e7 },
  ],
];

test.each(cases)('a batch takes no more memory than it is given: %s', async (_, work) => {
  expect(await growth(work)).toBeLessThan(work.memoryBytes + SLACK);
});

test('however much memory there is, sampling does not take it', async () => {
  const work = {
    environment: words,
    objective: 'trajectoryBalance',
    batchSize: 1,
    samples: 1024,
    memoryBytes: 2 ** 40,
  };
  expect(await growth(work)).toBeLessThan(4e8);
});

test.runIf(process.platform === 'linux')(
  'running out of memory says at what, and the trainer goes on to work',
  async () => {
    const source = `
    import { Trainer, bitSequence, trajectoryBalance } from ${JSON.stringify(entry)};
    const environment = ${words};
    const options = { environment, objective: trajectoryBalance(), hidden: [16], threads: 1, memoryBytes: 2 ** 40 };
    const trainer = await Trainer.create({ ...options, batchSize: 256 });
    try {
      for await (const _ of trainer.train({ steps: 1 }));
    } catch (error) {
      console.log(error.code, error.message);
    }
    console.log((await trainer.model.sample(1)).length);
    trainer.dispose();
  `;
    // The limit is on what the process allocates, so that allocations fail instead of swapping.
    const command = 'ulimit -d 600000 && exec "$0" --input-type=module --eval "$1"';
    const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, source]);
    expect(stdout).toMatch(
      /^ERR_TOO_LARGE memoryBytes: out of memory at \d+ states of \d+ bytes each, with 1099511627776 bytes allowed; give less/,
    );
    expect(stdout).toMatch(/\n1\n$/);
  },
);
