import { SetupError, outputOf } from './command.js';

function isNewer(version, newest) {
  const [a, b] = [version, newest].map((text) => text.split('.').map(Number));
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** The symbol versions of the GNU libraries that are newer than `newest` allows ({ GLIBC: '2.28', … }) in a text. */
export function newerVersionsIn(text, newest) {
  const asked = text.matchAll(/\b(GLIBC|GLIBCXX|CXXABI)_(\d+(?:\.\d+)*)\b/g);
  const newer = [...asked].filter(([, library, version]) => isNewer(version, newest[library]));
  return [...new Set(newer.map(([name]) => name))].sort();
}

/** The same for what a binary asks of the system that it is loaded on. */
export function newerVersions(binary, newest) {
  const text = outputOf('readelf', ['--wide', '--version-info', binary]);
  if (text === null) throw new SetupError(`readelf, of the package binutils, cannot read ${binary}`);
  return newerVersionsIn(text, newest);
}
