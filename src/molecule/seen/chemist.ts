import type { MainModule } from '@rdkit/rdkit';
import { loadRdKit, withMolecule } from '../rdkit-module.ts';

/** Morgan fingerprints of radius 2, as ECFP4: the similarity of molecules that modes are told apart by. */
const FINGERPRINT = JSON.stringify({ radius: 2, nBits: 2048 });

/** Bits of a fingerprint. */
export const FINGERPRINT_BITS = 2048;

/** What RDKit says of molecules, in this thread. */
export class Chemist {
  private constructor(private readonly rdkit: MainModule) {}

  /** Or why there is no RDKit. */
  static async create(): Promise<Chemist | string> {
    const rdkit = await loadRdKit();
    return typeof rdkit === 'string' ? rdkit : new Chemist(rdkit);
  }

  /** Canonical SMILES; the text itself if RDKit cannot read it. */
  canonical(smiles: string): string {
    const found = withMolecule(this.rdkit, smiles, (molecule) => molecule.get_smiles());
    return 'answer' in found ? found.answer : smiles;
  }

  /** Canonical SMILES and fingerprint, eight bits a byte: the text itself and null if RDKit cannot read it. */
  canonicalWithFingerprint(smiles: string): readonly [smiles: string, fingerprint: Uint8Array | null] {
    const found = withMolecule(this.rdkit, smiles, (molecule): [string, Uint8Array] => [
      molecule.get_smiles(),
      molecule.get_morgan_fp_as_uint8array(FINGERPRINT) as Uint8Array,
    ]);
    return 'answer' in found ? found.answer : [smiles, null];
  }
}
