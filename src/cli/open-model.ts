import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { GfnError } from '../error.ts';
import { FlowModel, type Reward } from '../index.ts';
import { readConfiguration, type Configuration } from './configuration.ts';
import { chooseEnvironment, recordedEnvironment, type ChosenEnvironment } from './environment-section.ts';
import { onnxReward, ownReward } from './own-reward.ts';
import { warn, type Terminal } from './terminal.ts';

/** A model that a command is asked to open. */
export interface ModelRequest {
  /** A model file, or the folder of a run. */
  readonly model: string;
  /** The module of its environment, where it is not at the place that config.json names. */
  readonly environment: string | undefined;
  /** For the module's function, where no config.json has them. */
  readonly environmentOptions: unknown;
  readonly backend: string | undefined;
  readonly threads: number | undefined;
  /** Options of an ONNX reward in place of the model's; undefined: the one that it was trained with. */
  readonly reward: unknown;
}

export interface OpenedModel {
  readonly model: FlowModel;
  /** The environment that config.json or the request named; undefined if only the model file does. */
  readonly chosen: ChosenEnvironment | undefined;
}

/**
 * Opens a model. One of a user's own environment needs its module: that of the request, or of the config.json beside
 * the model. Throws what `FlowModel.load` and `recordedEnvironment` throw.
 */
export async function openModel(request: ModelRequest, terminal: Terminal): Promise<OpenedModel> {
  const isFolder = statSync(request.model, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(request.model, 'model.onnx') : request.model;
  const configuration = await configurationBeside(path);
  const chosen = await environmentOf(request, path, configuration, terminal);
  const model = await FlowModel.load(path, {
    // The library checks them.
    ...(request.backend === undefined ? {} : { backend: request.backend as 'native' | 'typescript' }),
    ...(request.threads === undefined ? {} : { threads: request.threads }),
    ...(chosen === undefined ? {} : { environment: chosen.environment }),
    ...rewardOf(request, configuration, chosen),
    onWarning: (message) => warn(terminal, message),
  });
  return { model, chosen };
}

/** An ONNX reward of the run itself is left to the library, which finds its file beside the model, or says so. */
function rewardOf(
  { reward }: ModelRequest,
  configuration: Configuration | undefined,
  chosen: ChosenEnvironment | undefined,
): { readonly reward?: Reward } {
  if (reward !== undefined) return ownReward(chosen, reward);
  const configured = configuration?.settings.reward;
  return chosen === undefined || onnxReward(configured) !== null ? {} : ownReward(chosen, configured);
}

/** The configuration of the run that a model lies in; undefined if there is none, or a file of something else. */
async function configurationBeside(path: string): Promise<Configuration | undefined> {
  const file = configurationPath(path);
  if (!existsSync(file)) return undefined;
  try {
    return await readConfiguration(file);
  } catch (error) {
    if (error instanceof GfnError) return undefined;
    throw error;
  }
}

function configurationPath(model: string): string {
  return join(dirname(model), 'config.json');
}

async function environmentOf(
  { environment, environmentOptions }: ModelRequest,
  path: string,
  configuration: Configuration | undefined,
  terminal: Terminal,
): Promise<ChosenEnvironment | undefined> {
  const options = environmentOptions === undefined ? {} : { options: environmentOptions };
  const recorded = configuration?.environment;
  if (recorded?.module === undefined) {
    return environment === undefined ? undefined : chooseEnvironment({ module: resolve(environment), ...options });
  }
  return recordedEnvironment(
    { ...recorded, ...options },
    {
      path: configurationPath(path),
      module: environment,
      code: 'ERR_MODEL_ENVIRONMENT',
      onWarning: (message) => warn(terminal, message),
    },
  );
}
