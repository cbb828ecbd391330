import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainRun } from './command.js';

/** Trains once for each variant of the options and compares the model files byte for byte. */
export async function showSameModels({ train, variants }, folder) {
  const values = [];
  for (const [index, variant] of variants.entries()) {
    const { model } = await trainRun(`${train} ${variant}`, join(folder, `variant-${index}`));
    values.push({
      variant,
      sha256: createHash('sha256')
        .update(await readFile(model))
        .digest('hex'),
    });
  }
  const ok = new Set(values.map(({ sha256 }) => sha256)).size === 1;
  const printed = ok ? 'the same bytes' : values.map(({ variant, sha256 }) => `${variant}: ${sha256}`).join('; ');
  return { ok, printed, values };
}
