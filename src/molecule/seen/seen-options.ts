import { badArgument, numberOption, rejectUnknown } from '../../options.ts';
import type { SeenPosition } from './seen-collector.ts';

/** Options of `MoleculesSeen.open`. */
export interface MoleculesSeenOptions {
  /** A molecule whose R(x) at β = 1 is above it may be a mode; default 7/8, as in Bengio et al. 2021. */
  readonly modeScore?: number;
  /** Goes on from there; default from nothing. */
  readonly position?: SeenPosition;
  /** Told once if RDKit is missing. Default: a warning of the process. */
  readonly onWarning?: (message: string) => void;
}

export const MODE_SCORE = 0.875;

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function resolveSeenOptions(given: MoleculesSeenOptions): Required<MoleculesSeenOptions> {
  rejectUnknown('MoleculesSeen.open', given, ['modeScore', 'position', 'onWarning']);
  const { position = { molecules: 0, visits: 0, duplicates: new Uint32Array(0) }, onWarning = warnProcess } = given;
  if (typeof onWarning !== 'function') badArgument('onWarning', 'a function', onWarning);
  return { modeScore: modeScoreOption('modeScore', given.modeScore), position, onWarning };
}

/** Throws ERR_ARGUMENT. */
export function modeScoreOption(name: string, value: unknown): number {
  return numberOption(name, value ?? MODE_SCORE);
}

function warnProcess(message: string): void {
  process.emitWarning(message, { type: 'GflownetWarning', code: 'GFLOWNET_RDKIT' });
}
