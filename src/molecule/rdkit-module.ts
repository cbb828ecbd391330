import type { MainModule, Mol } from '@rdkit/rdkit';
import { requireHere } from '../package-folder.ts';

/** Loads RDKit into this thread, where its calls hold the event loop; or says why there is none. */
export async function loadRdKit(): Promise<MainModule | string> {
  try {
    const factory = requireHere('@rdkit/rdkit') as () => Promise<MainModule>;
    return await factory();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What `use` makes of the molecule of a text; the text's fault, or RDKit's, as `reason`. */
export function withMolecule<T>(
  rdkit: MainModule,
  text: string,
  use: (molecule: Mol) => T,
): { readonly answer: T } | { readonly reason: string } {
  const log = rdkit.set_log_capture('rdApp.error');
  try {
    const molecule = rdkit.get_mol(text);
    if (molecule === null) return { reason: reasonIn(log?.get_buffer() ?? '') };
    try {
      return { answer: use(molecule) };
    } finally {
      molecule.delete();
    }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : 'RDKit failed' };
  } finally {
    log?.delete();
  }
}

/** The first line of what RDKit has logged, without the time. */
function reasonIn(log: string): string {
  const line = log.split('\n').find((text) => text.trim() !== '');
  return line?.replace(/^\[[\d:]+\]\s*/, '').trim() ?? 'RDKit cannot read it';
}
