import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { elfDefect } from './elf-defect.ts';
import { GfnError, type ErrorCode } from './error.ts';
import type { ObjectiveEvaluation, Profile, StepReport, Trajectories, TrainingOptions } from './trainer/engine.ts';

/** A tensor of rows as the addon takes it: the sizes after the row. */
export interface NativeRowTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

export interface NativeEngineOptions {
  readonly library: string;
  readonly environment: { readonly name: string; readonly parameters: object };
  readonly model: {
    readonly forward: Uint8Array;
    readonly gradient: Uint8Array;
    readonly observation: NativeRowTensor;
    readonly outputs: readonly NativeRowTensor[];
    readonly kept: readonly NativeRowTensor[];
    readonly parameters: readonly object[];
    readonly parameterCount: number;
    readonly gradientInputs: readonly string[];
  };
  readonly parameters: Float32Array;
  readonly logZ: number;
  readonly threads: number;
  readonly memoryBytes: number;
}

/** The engine of the addon; `src/trainer/engine.ts` says what each call means. */
export interface NativeEngineObject {
  train(
    options: TrainingOptions,
    steps: number,
    reportEvery: number,
    onReport: (report: StepReport) => void,
    keepVisited: boolean,
  ): Promise<void>;
  stop(): void;
  sampleForward(count: number, seed: number, firstTrajectory: number): Promise<Trajectories>;
  sampleBackward(terminalStates: Int32Array, seed: number, firstTrajectory: number): Promise<Trajectories>;
  exactDistribution(maximumStates: number): Promise<{
    count: number;
    terminalState: Int32Array;
    logReward: Float64Array;
    probability: Float64Array;
  }>;
  initialFlow(): Promise<{ logStateFlow: number; logSumExp: number }>;
  evaluateObjective(options: TrainingOptions, offset: Int32Array, action: Int32Array): Promise<ObjectiveEvaluation>;
  parameters(): Float32Array;
  progress(): { step: number; visits: number; logZ: number; profile: Profile };
  dispose(): void;
}

/** What a walk through an environment's native twin showed, state by state: for the parity tests. */
export interface EnvironmentTrace {
  /** [steps + 1 × stateSize] */
  readonly states: Int32Array;
  /** [steps + 1 × 2·keyWords] */
  readonly keys: Uint32Array;
  /** [steps + 1 × actions] */
  readonly allowed: Uint8Array;
  /** [steps + 1 × backwardActions] */
  readonly backwardAllowed: Uint8Array;
  /** [steps + 1 × observation width] */
  readonly observations: Int32Array;
  /** [steps] returned by apply */
  readonly backwardActions: Int32Array;
  /** [steps] returned by undo, last step first */
  readonly undone: Int32Array;
  /** The state after undoing all. */
  readonly undoneState: Int32Array;
  /** NaN when the last state is not terminal. */
  readonly logReward: number;
}

export interface NativeAddon {
  readonly NativeEngine: new (options: NativeEngineOptions) => NativeEngineObject;
  philox(counter: Uint32Array, key: Uint32Array): Uint32Array;
  runtimeVersion(library: string): string;
  traceEnvironment(name: string, parameters: object, actions: Int32Array): EnvironmentTrace;
}

const require = createRequire(import.meta.url);
let addon: NativeAddon | undefined;

/**
 * The files that may be the addon, in the order in which they are tried: the one compiled here, which is there only
 * where somebody wanted it, then the one that the package ships. GFLOWNET_ADDON names another one instead.
 */
function addonPaths(): string[] {
  const override = process.env.GFLOWNET_ADDON;
  if (override !== undefined && override !== '') return [resolve(override)];
  const platform = `${process.platform}-${process.arch}`;
  return ['build/Release', `prebuilds/${platform}`].map((folder) =>
    fileURLToPath(new URL(`../${folder}/gflownet.node`, import.meta.url)),
  );
}

/** The addon in a file. Throws what is wrong with it. */
function loadAddon(path: string): NativeAddon {
  if (!existsSync(path)) throw new Error('there is no such file');
  const defect = process.platform === 'linux' ? elfDefect(readFileSync(path), process.arch) : null;
  if (defect !== null) throw new Error(defect);
  const loaded: unknown = require(path);
  if (typeof loaded === 'object' && loaded !== null && 'NativeEngine' in loaded) return loaded as NativeAddon;
  throw new Error('it is not the addon of gflownet');
}

/** The addon, loaded on the first call. Throws ERR_NATIVE, saying what was tried, when none loads here. */
export function nativeAddon(): NativeAddon {
  if (addon !== undefined) return addon;
  const failures: string[] = [];
  const causes: unknown[] = [];
  for (const path of addonPaths()) {
    try {
      addon = loadAddon(path);
      return addon;
    } catch (error) {
      causes.push(error);
      const message = error instanceof Error ? error.message : String(error);
      failures.push(message.includes(path) ? message : `${path}: ${message}`);
    }
  }
  throw new GfnError(
    'ERR_NATIVE',
    `the native addon does not load on ${process.platform} ${process.arch}. Tried ${failures.join('; ')}. ` +
      'Build it with "npm rebuild gflownet" ("npm run setup" in a clone of the repository), which needs CMake and a ' +
      "C++20 compiler, or use backend: 'typescript'",
    { cause: causes[0] },
  );
}

const libraryNames: Partial<Record<NodeJS.Platform, RegExp>> = {
  linux: /^libonnxruntime\.so\.1$/,
  darwin: /^libonnxruntime\.[\d.]*dylib$/,
  win32: /^onnxruntime\.dll$/,
};

/**
 * The ONNX Runtime library that onnxruntime-node ships for this machine, or the one that the environment variable
 * GFLOWNET_ORT_LIBRARY names. Throws ERR_RUNTIME when there is none.
 */
export function runtimeLibrary(): string {
  const override = process.env.GFLOWNET_ORT_LIBRARY;
  if (override !== undefined && override !== '') {
    if (!existsSync(override)) {
      throw new GfnError('ERR_RUNTIME', `GFLOWNET_ORT_LIBRARY: expected a file, got ${override}, which does not exist`);
    }
    return override;
  }
  let root: string;
  try {
    root = dirname(require.resolve('onnxruntime-node/package.json'));
  } catch (error) {
    throw new GfnError(
      'ERR_RUNTIME',
      'onnxruntime-node is not installed: run "npm install onnxruntime-node@1.29.0" with ONNXRUNTIME_NODE_INSTALL=skip',
      { cause: error },
    );
  }
  const folder = join(root, 'bin', 'napi-v6', process.platform, process.arch);
  const pattern = libraryNames[process.platform];
  const name = existsSync(folder) && pattern ? readdirSync(folder).find((file) => pattern.test(file)) : undefined;
  if (name === undefined) {
    throw new GfnError(
      'ERR_RUNTIME',
      `onnxruntime-node has no library for ${process.platform} ${process.arch} (${folder}); ` +
        'GFLOWNET_ORT_LIBRARY may name one',
    );
  }
  return join(folder, name);
}

/** Turns what the addon threw into a GfnError. */
export function fromNative(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_')) {
    return new GfnError(error.code as ErrorCode, error.message, { cause: error });
  }
  return error;
}
