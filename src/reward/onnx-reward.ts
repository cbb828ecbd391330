import { badArgument, choiceOption, integerOption, numberOption, rejectUnknown, stringOption } from '../options.ts';
import { transformOption, type RewardTransform } from './transform.ts';

/**
 * A reward that an ONNX file computes, natively and in batches. Its inputs are those of a flow model by name and shape,
 * or some of them: what the environment shows of an object, as float32 [rows, size] (the sum of its one-hots, or
 * numbers) or int64 [rows, width] (the indices); and `state`, int64 [rows, stateSize], the integers of the object
 * itself. The output is float32 or float64, [rows] or [rows, 1].
 */
export interface OnnxReward {
  /** Path of the file, which holds all of its tensors. */
  readonly onnx: string;
  /** What the output is, default `plain`: y, from which `transform` makes R; or `log`: log R at β = 1. */
  readonly scale?: 'plain' | 'log';
  /** R from a plain y; default R = y. */
  readonly transform?: RewardTransform;
  /** Least R: smaller rewards are raised to it. Default 0: none. */
  readonly floor?: number;
  /** Name of the output; default the only one. */
  readonly output?: string;
  /** Objects whose scores are remembered, the least recently used are forgotten first; default 0. */
  readonly cache?: number;
  /** What saved models call the file; default the name in its path. */
  readonly name?: string;
  /** The file's SHA-256 in hexadecimal digits: any other file is refused. */
  readonly sha256?: string;
}

/** An ONNX reward with all defaults filled in. */
export interface ResolvedOnnxReward {
  readonly onnx: string;
  readonly scale: 'plain' | 'log';
  readonly transform: RewardTransform;
  readonly floor: number;
  /** null: the only one. */
  readonly output: string | null;
  readonly cache: number;
  /** null: that in its path. */
  readonly name: string | null;
  /** Of a trainer: that of the file it read. null: any. */
  readonly sha256: string | null;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** Throws ERR_ARGUMENT or ERR_UNKNOWN_OPTION. */
export function onnxRewardOption(name: string, given: OnnxReward): ResolvedOnnxReward {
  rejectUnknown(name, given, ['onnx', 'scale', 'transform', 'floor', 'output', 'cache', 'name', 'sha256']);
  const scale = choiceOption(`${name}.scale`, given.scale ?? 'plain', ['plain', 'log'] as const);
  if (scale === 'log' && given.transform !== undefined) {
    badArgument(`${name}.transform`, "none with scale 'log'", given.transform);
  }
  const { sha256 } = given;
  if (sha256 !== undefined && !DIGEST.test(sha256)) badArgument(`${name}.sha256`, '64 hexadecimal digits', sha256);
  return {
    onnx: stringOption(`${name}.onnx`, given.onnx),
    scale,
    transform: transformOption(`${name}.transform`, given.transform ?? { kind: 'identity' }),
    floor: numberOption(`${name}.floor`, given.floor ?? 0, 0),
    output: given.output === undefined ? null : stringOption(`${name}.output`, given.output),
    cache: integerOption(`${name}.cache`, given.cache ?? 0, 0, 2 ** 31),
    name: given.name === undefined ? null : stringOption(`${name}.name`, given.name),
    sha256: sha256 ?? null,
  };
}
