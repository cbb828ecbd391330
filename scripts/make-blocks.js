// Writes data/blocks.json, the vocabulary of molecules that the package ships: common ring systems, linkers and groups
// of drug-like molecules. Run it after `npm run setup`; a test compares the file with what this would write.
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { loadVocabulary } from '../dist/molecule/vocabulary.js';
import { blockSources } from './blocks/sources.js';

const path = new URL('../data/blocks.json', import.meta.url);

/** The content of data/blocks.json. */
export async function blocksFile() {
  const blocks = blockSources();
  const { lines } = await loadVocabulary({ blocks });
  return await format(JSON.stringify({ blocks, compiled: lines }), { parser: 'json', printWidth: 120 });
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(path, await blocksFile());
