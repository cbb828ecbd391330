// A stamp remembers what a set-up step was last done for: a hash of everything that its result depends on.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** Hash of the files at or below the given paths (names and contents) and of further strings. */
export function fingerprint(root, paths, further = []) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesBelow(join(root, path))) {
      hash.update(`${file.slice(root.length)}\0`);
      hash.update(readFileSync(file));
      hash.update('\0');
    }
  }
  for (const text of further) hash.update(`${text}\0`);
  return hash.digest('hex');
}

/** Whether the step whose stamp lies at `file` was last done for this fingerprint. */
export function isDone(file, print) {
  return existsSync(file) && readFileSync(file, 'utf8') === print;
}

export function markDone(file, print) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, print);
}
