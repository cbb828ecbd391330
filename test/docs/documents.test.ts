import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks, codeBlocksOf } from './code-blocks.ts';
import { DocumentFolder } from './document-folder.ts';
import { typeErrors } from './type-errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, blocks: codeBlocks(join(root, name)) }))
  .filter(({ blocks }) => blocks.length > 0);

describe.each(documents)('$name', ({ blocks }) => {
  let folder: DocumentFolder;
  beforeAll(() => (folder = new DocumentFolder()));
  afterAll(() => folder.dispose());

  // In order: a block may use the files that those before it have left.
  for (const block of blocks) {
    const title = `line ${block.line}, ${block.language}`;
    if (block.exempt === null) test(title, () => folder.run(block).then(() => undefined));
    else test.skip(`${title}: ${block.exempt}`, () => undefined);
  }

  const typed = blocks.filter(({ language, exempt }) => language === 'ts' && exempt === null);
  test.skipIf(typed.length === 0)('TypeScript blocks have no type errors', () => {
    const files = typed.map((block) => folder.write(block));
    expect(typeErrors(folder.path, files)).toEqual([]);
  });
});

describe('the blocks of a document', () => {
  test('are those in ts, js and sh, with what their first line says', () => {
    const text = [
      'Text `inline`.',
      '```ts',
      'const a = 1;',
      '```',
      '```',
      'a drawing',
      '```',
      '```json',
      '{}',
      '```',
      '````js',
      '// worker.mjs',
      "const fence = '",
      '```',
      "';",
      '````',
      '```sh',
      '# Not executed: takes an hour',
      'sleep 3600',
      '```',
    ].join('\n');
    expect(codeBlocksOf(text)).toEqual([
      { line: 2, language: 'ts', code: 'const a = 1;\n', exempt: null, file: null },
      {
        line: 11,
        language: 'js',
        code: "// worker.mjs\nconst fence = '\n```\n';\n",
        exempt: null,
        file: 'worker.mjs',
      },
      {
        line: 17,
        language: 'sh',
        code: '# Not executed: takes an hour\nsleep 3600\n',
        exempt: 'takes an hour',
        file: null,
      },
    ]);
  });

  test('that fail are found: an exit code, an exception, a type error', async () => {
    const folder = new DocumentFolder();
    const block = (language: string, code: string) => ({ line: 1, language, code, exempt: null, file: null });
    try {
      await expect(folder.run(block('sh', 'false | cat\necho end'))).rejects.toThrow('Command failed');
      await expect(folder.run(block('js', "throw new Error('no good');"))).rejects.toThrow('no good');
      await expect(folder.run(block('ts', 'const n: number = nothing;'))).rejects.toThrow('nothing is not defined');
      const file = folder.write(block('ts', "import { Trainer } from 'gflownet';\nconst n: number = Trainer;"));
      expect(typeErrors(folder.path, [file]).join()).toMatch(/block-1\.ts:2: Type 'typeof Trainer' is not assignable/);
      const { stdout } = await folder.run(block('ts', "using x = { [Symbol.dispose]: () => console.log('freed') };"));
      expect(stdout).toBe('freed\n');
    } finally {
      folder.dispose();
    }
  });
});
