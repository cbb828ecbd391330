import type { Attached } from '../checkpoint/checkpoint.ts';
import { moleculeView } from '../env/molecule-view.ts';
import { GfnError } from '../error.ts';
import { MoleculesSeen, type SeenPosition } from '../index.ts';
import { isRecord } from './record.ts';
import { warn, type Terminal } from './terminal.ts';
import type { OpenRun } from './train-command.ts';

/**
 * The molecules that a run has seen so far, in its folder; null where its environment builds none. Throws ERR_CHECKPOINT
 * if the checkpoint that the run goes on from is not of such a run, and what `MoleculesSeen.open` throws.
 */
export async function openMolecules(
  { run, folder, trainer }: OpenRun,
  terminal: Terminal,
): Promise<MoleculesSeen | null> {
  if (moleculeView(trainer.options.environment) === null) return null;
  const { attached } = trainer;
  return MoleculesSeen.open(folder.molecules, trainer.options.environment, {
    modeScore: run.modeScore,
    ...(attached === null ? {} : { position: positionIn(folder.checkpoints, attached) }),
    onWarning: (message) => warn(terminal, message),
  });
}

/** What a checkpoint keeps of them. */
export function attachedMolecules({ molecules, visits, duplicates }: SeenPosition): Attached {
  return { molecules: { molecules, visits }, duplicateTrees: duplicates };
}

function positionIn(checkpoints: string, attached: Attached): SeenPosition {
  const { molecules: counts, duplicateTrees: duplicates } = attached;
  if (isRecord(counts) && duplicates instanceof Uint32Array) {
    const { molecules, visits } = counts;
    if (typeof molecules === 'number' && typeof visits === 'number') return { molecules, visits, duplicates };
  }
  throw new GfnError(
    'ERR_CHECKPOINT',
    `--resume: ${checkpoints}: expected a checkpoint of a run of molecules, got one without molecules`,
  );
}
