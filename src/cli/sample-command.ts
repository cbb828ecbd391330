import type { Sample } from '../index.ts';
import { badArgument, integerOption } from '../options.ts';
import { ExitCode } from './exit-code.ts';
import { openModel, type ModelRequest } from './open-model.ts';
import { SmilesLines } from './smiles-lines.ts';
import { writeTo, type Terminal } from './terminal.ts';

export interface SampleRequest extends ModelRequest {
  readonly count: number;
  readonly seed: number;
  readonly jsonl: boolean;
  /** Molecules with their scores in place of states. */
  readonly smiles: boolean;
  /** Of all trajectories; required where the model has conditions. */
  readonly condition: readonly number[] | undefined;
}

/** Samples of one call: enough for an efficient batch, few enough to stream. */
const CHUNK = 10_000;

function jsonLine({ state, logReward, logProbability, condition }: Sample): string {
  return JSON.stringify({ state, logReward, logProbability, condition });
}

function textLine({ state, logReward, logProbability, condition }: Sample): string {
  const columns = [state, logReward, logProbability, ...(condition === undefined ? [] : [condition.join()])];
  return columns.join('\t');
}

function headerLine(conditional: boolean): string {
  return ['state', 'logReward', 'logProbability', ...(conditional ? ['condition'] : [])].join('\t');
}

/** `gflownet sample`: a trajectory a line, written as they are drawn. */
export async function sample(request: SampleRequest, terminal: Terminal): Promise<ExitCode> {
  const count = integerOption('--count', request.count, 1, 2 ** 53 - 1);
  const seed = integerOption('--seed', request.seed, 0, 2 ** 53 - 1);
  const { condition, jsonl, smiles } = request;
  if (jsonl && smiles) badArgument('--smiles', 'none with --jsonl', smiles);
  const { model } = await openModel(request, terminal);
  try {
    const molecules = smiles ? new SmilesLines(model.environment, terminal) : null;
    const linesOf = (samples: readonly Sample[]) =>
      molecules === null ? samples.map(jsonl ? jsonLine : textLine) : molecules.lines(samples);
    // Written once there are samples.
    let header = jsonl || smiles ? '' : `${headerLine(model.environment.condition !== undefined)}\n`;
    for (let first = 0; first < count; first += CHUNK) {
      // Trajectories are numbered over the chunks, so that the samples do not depend on their size.
      const samples = await model.sample(Math.min(CHUNK, count - first), { seed, firstTrajectory: first, condition });
      const lines = await linesOf(samples);
      await writeTo(terminal.stdout, header + lines.map((line) => `${line}\n`).join(''));
      header = '';
    }
    return ExitCode.ok;
  } finally {
    model.dispose();
  }
}
