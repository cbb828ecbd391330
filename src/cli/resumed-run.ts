import { GfnError } from '../error.ts';
import { Trainer } from '../index.ts';
import { flagName } from '../options.ts';
import { readConfiguration, resolveRun } from './configuration.ts';
import { recordedEnvironment } from './environment-section.ts';
import { objectiveSettings } from './objective-option.ts';
import { RunFolder } from './run-folder.ts';
import { offPolicySettings, rewardSettings } from './off-policy-setting.ts';
import { warn, type Terminal } from './terminal.ts';
import type { OpenRun, TrainRequest } from './train-command.ts';
import { runSettings, trainerSettings } from './training-setting.ts';

/** Settings of the machine rather than of the run, which may go on with others. */
const ofTheMachine = ['threads', 'memoryBytes'];

/**
 * The run in a folder, as it was at its latest checkpoint that is whole, or at its beginning if it was stopped before
 * the first one. Throws ERR_ARGUMENT for flags that belong to the configuration, ERR_CONFIG, ERR_CHECKPOINT or
 * ERR_LOCKED.
 */
export async function resumedRun(path: string, request: TrainRequest, terminal: Terminal): Promise<OpenRun> {
  checkFlags(request);
  const folder = new RunFolder(path);
  try {
    await folder.reopen();
    const { settings, ...sections } = await readConfiguration(folder.configuration);
    const given = Object.entries(request.flags).filter(([, value]) => value !== undefined);
    const chosen = await recordedEnvironment(sections.environment ?? {}, {
      path: folder.configuration,
      module: request.module,
      code: 'ERR_CHECKPOINT',
      onWarning: (message) => warn(terminal, message),
    });
    const run = await resolveRun({ ...sections, settings: { ...settings, ...Object.fromEntries(given) } }, chosen);
    const trainer = await Trainer.create(run.trainerOptions);
    try {
      await restore(trainer, folder, terminal);
    } catch (error) {
      trainer.dispose();
      throw error;
    }
    return { run, folder, trainer };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function restore(trainer: Trainer, folder: RunFolder, terminal: Terminal): Promise<void> {
  if (await folder.isUntrained()) return folder.continueMetrics(0);
  const onWarning = (message: string): void => warn(terminal, message);
  const file = await trainer.restoreCheckpoint(folder.checkpoints, { onWarning });
  const position = trainer.attached?.metricsPosition;
  if (typeof position !== 'number') {
    throw new GfnError(
      'ERR_CHECKPOINT',
      `--resume: ${file}: expected a checkpoint of a run, got one without metricsPosition`,
    );
  }
  await folder.continueMetrics(position);
}

/** A run goes on as it was configured: flags that would change that are refused rather than ignored. */
function checkFlags({ environment, config, out, force, flags }: TrainRequest): void {
  const others = Object.keys(flags).filter((key) => flags[key] !== undefined && !ofTheMachine.includes(key));
  const given = [
    ...(environment === undefined ? [] : [environment]),
    ...(config === undefined ? [] : ['--config']),
    ...(out === undefined ? [] : ['--out']),
    ...(force ? ['--force'] : []),
    ...others.map(flagOf),
  ];
  if (given.length === 0) return;
  throw new GfnError(
    'ERR_ARGUMENT',
    `--resume: expected no other settings than --threads and --memory-bytes, since a run goes on as its config.json ` +
      `says; got ${given.join(', ')}`,
  );
}

/** The flag of a key: some are shorter than their key, those of environments are not. */
function flagOf(key: string): string {
  const settings = [runSettings, trainerSettings, objectiveSettings, offPolicySettings, rewardSettings].flat();
  const setting = settings.find((candidate) => candidate.key === key);
  return setting?.flag.split(' ')[0] ?? flagName(key);
}
