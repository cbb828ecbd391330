import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { conditionSizeOf } from '../condition/condition.ts';
import type { Environment, ObservationInput } from '../env/environment.ts';
import { observationInputs, sizeOf, widthOf } from '../env/observation-input.ts';
import { TemperedEnvironment } from '../env/tempered-environment.ts';
import { GfnError } from '../error.ts';
import type { ValueInfo } from '../onnx/graph.ts';
import type { ResolvedOnnxReward } from './onnx-reward.ts';

/** An input of a reward's graph: [rows, size], filled from some of an object's integers. */
export interface RewardInput {
  /** With its sizes as numbers, but for the rows. */
  readonly info: ValueInfo;
  readonly input: ObservationInput;
  /** Whether its integers are the object's own, `state`, rather than some that the environment shows. */
  readonly isState: boolean;
  /** Where they begin among those. */
  readonly first: number;
}

/** An ONNX reward whose file has been read and fits the environment. */
export class RewardFile {
  /** Used by `readRewardFile`. */
  constructor(
    /** What objects are scored in: a temperature that is their condition comes after it. */
    readonly scored: Environment,
    /** With the digest of the file. */
    readonly options: ResolvedOnnxReward & { readonly sha256: string },
    readonly bytes: Uint8Array,
    readonly inputs: readonly RewardInput[],
    /** [rows] or [rows, 1]. */
    readonly output: ValueInfo,
  ) {}
}

/**
 * Reads the file of an ONNX reward. Throws ERR_MODEL_FILE for a file that is missing, no ONNX model or another one than
 * expected, ERR_MODEL_ENVIRONMENT for inputs and an output that do not fit, ERR_OPERATOR for unknown element types.
 */
export async function readRewardFile(given: Environment, options: ResolvedOnnxReward): Promise<RewardFile> {
  const environment = given instanceof TemperedEnvironment ? given.base : given;
  const path = options.onnx;
  const bytes = await readBytes(path);
  const sha256 = digestOf(bytes);
  if (options.sha256 !== null && options.sha256 !== sha256) {
    const expected = `reward.onnx: ${path}: expected the file with SHA-256 ${options.sha256}`;
    throw new GfnError('ERR_MODEL_FILE', `${expected}, got one with ${sha256}`);
  }
  const { decodeSignature } = await import('../onnx/protobuf.ts');
  try {
    const { inputs, output } = decodeSignature(bytes, options.output);
    if (inputs.length === 0) throw misfit(environment, inputs);
    return new RewardFile(
      environment,
      { ...options, sha256 },
      bytes,
      inputs.map((info) => rewardInput(environment, info, inputs)),
      checkedOutput(output),
    );
  } catch (error) {
    if (!(error instanceof GfnError)) throw error;
    throw new GfnError(error.code, `reward.onnx: ${path}: ${error.message}`, { cause: error });
  }
}

/** SHA-256 in hexadecimal digits. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const message = `reward.onnx: ${path} cannot be read: ${(error as Error).message}`;
    throw new GfnError('ERR_MODEL_FILE', message, { cause: error });
  }
}

/** What a graph may ask for: what the environment shows, and the integers of the object itself. */
function available(environment: Environment): { input: ObservationInput; first: number; isState: boolean }[] {
  let first = 0;
  const observed = observationInputs(environment.observation).map((input) => {
    const place = { input, first, isState: false };
    first += widthOf(input);
    return place;
  });
  if (observed.some(({ input }) => input.name === 'state')) return observed;
  const width = environment.stateSize - conditionSizeOf(environment);
  return [...observed, { input: { name: 'state', width, size: width }, first: 0, isState: true }];
}

function rewardInput(environment: Environment, info: ValueInfo, all: readonly ValueInfo[]): RewardInput {
  const place = available(environment).find(({ input }) => input.name === info.name);
  if (place === undefined) throw misfit(environment, all);
  const { input, first, isState } = place;
  const indices = info.type === 'int64' && !('values' in input);
  if (!indices && (info.type !== 'float32' || isState)) throw misfit(environment, all);
  const size = indices ? widthOf(input) : sizeOf(input);
  const [rows, given] = info.shape;
  const fits = info.shape.length === 2 && typeof rows === 'string' && (typeof given === 'string' || given === size);
  if (!fits) throw misfit(environment, all);
  return { info: { ...info, shape: [rows, size] }, input, first, isState };
}

function misfit(environment: Environment, given: readonly ValueInfo[]): GfnError {
  const expected = available(environment).map(({ input, isState }) => {
    if ('values' in input) return `${input.name}: float32 [rows, ${input.values}]`;
    const asIndices = `int64 [rows, ${input.width}]`;
    return isState ? `${input.name}: ${asIndices}` : `${input.name}: float32 [rows, ${input.size}] or ${asIndices}`;
  });
  return new GfnError(
    'ERR_MODEL_ENVIRONMENT',
    `expected for ${environment.name} one or more of the inputs ${expected.join('; ')}, ` +
      `with a number of rows that is not fixed; got ${given.map(valueText).join('; ') || 'none'}`,
  );
}

function checkedOutput(output: ValueInfo): ValueInfo {
  const [rows, size = 1] = output.shape;
  const isFloat = output.type === 'float32' || output.type === 'float64';
  const fits =
    isFloat &&
    (output.shape.length === 1 || output.shape.length === 2) &&
    typeof rows === 'string' &&
    (size === 1 || typeof size === 'string');
  if (fits) return { ...output, shape: output.shape.length === 1 ? [rows] : [rows, 1] };
  throw new GfnError(
    'ERR_MODEL_ENVIRONMENT',
    `expected the output to be float32 or float64 [rows] or [rows, 1], got ${valueText(output)}`,
  );
}

function valueText({ name, type, shape }: ValueInfo): string {
  return `${name}: ${type} [${shape.join(', ')}]`;
}
