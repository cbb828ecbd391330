import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { elfDefect } from './elf-defect.ts';
import type { HostAnswer, HostQuestion } from './env/defined/environment-session.ts';
import type { TemperatureCondition } from './env/tempered-environment.ts';
import { GfnError, type ErrorCode } from './error.ts';
import { codeFolder, packageFolders, requireHere } from './package-folder.ts';
import type { RewardTransform } from './reward/transform.ts';
import type { ObjectiveEvaluation, Profile, StepReport, Trajectories, TrainingOptions } from './trainer/engine.ts';
import type { EngineArrays } from './trainer/training-state.ts';

/** A tensor of rows as the addon takes it: the sizes after the row. */
export interface NativeRowTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

/** A registered environment, or one that JavaScript runs. */
export type NativeEnvironment =
  | { readonly name: string; readonly parameters: object; readonly temperature: TemperatureCondition | null }
  | {
      readonly temperature: TemperatureCondition | null;
      /** Numbers of the environment's own condition. */
      readonly conditionSize: number;
      readonly actions: number;
      readonly backwardActions: number;
      /** What each integer of an observation is below; 0 for the bits of a number. */
      readonly observationBounds: Int32Array;
      readonly maximumLength: number;
      readonly tableBytes: number;
      readonly compile: boolean;
      readonly answer: (
        question: HostQuestion,
        states: Int32Array,
        actions: Int32Array,
        /** null: the environment failed, and the call under way rejects with ERR_HOST. */
        respond: (answer: HostAnswer | null) => void,
      ) => void;
    };

/** A reward that the native side computes. */
export interface NativeRewardGraph {
  /** The bytes of an ONNX file. */
  readonly model: Uint8Array;
  /** `first`: where an input's integers begin among those of an object's observation and its state. */
  readonly inputs: readonly (NativeRowTensor & {
    readonly width: number;
    readonly values: boolean;
    readonly first: number;
  })[];
  readonly output: NativeRowTensor;
  /** First integers of a state on which the score depends: all but a temperature. */
  readonly scoredSize: number;
  /** What the output is: `log` R, or what the transform makes R from, with its numbers. */
  readonly kind: 'log' | RewardTransform['kind'];
  readonly first: number;
  readonly second: number;
  readonly floor: number;
  readonly cache: number;
}

export interface NativeEngineOptions {
  readonly library: string;
  readonly environment: NativeEnvironment;
  readonly model: {
    readonly forward: Uint8Array;
    readonly gradient: Uint8Array;
    /** `width`: integers of an observation that fill it; `values`: they are the bits of numbers. */
    readonly observations: readonly (NativeRowTensor & { readonly width: number; readonly values: boolean })[];
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
  /** Scores terminal states; null is for a failure: the call under way rejects with ERR_HOST. */
  readonly reward:
    | ((terminalStates: Int32Array, respond: (logReward: Float64Array | null) => void) => void)
    | NativeRewardGraph
    | null;
  /** Draws conditions, bits: [count × their size]; null as above. */
  readonly conditions:
    ((seed: number, first: number, count: number, respond: (conditions: Int32Array | null) => void) => void) | null;
}

/** What the next step depends on, as the addon gives and takes it. */
export interface NativeTrainingState extends EngineArrays {
  readonly step: number;
  readonly visits: number;
}

/** The engine of the addon; `src/trainer/engine.ts` says what each call means. */
export interface NativeEngineObject {
  train(
    options: TrainingOptions,
    steps: number,
    reportEvery: number,
    onReport: (report: StepReport) => void,
    keepVisited: boolean,
    /** Whether rewards of batches ahead that have not come are to be asked for again. */
    askAgain: boolean,
  ): Promise<void>;
  stop(): void;
  sampleForward(count: number, seed: number, firstTrajectory: number, condition: Int32Array): Promise<Trajectories>;
  sampleBackward(terminalStates: Int32Array, seed: number, firstTrajectory: number): Promise<Trajectories>;
  exactDistribution(
    maximumStates: number,
    condition: Int32Array,
  ): Promise<{
    count: number;
    terminalState: Int32Array;
    logReward: Float64Array;
    probability: Float64Array;
  }>;
  /** Of an engine with a reward graph. */
  score(terminalStates: Int32Array): Promise<Float64Array>;
  initialFlow(condition: Int32Array): Promise<{ logStateFlow: number; logSumExp: number }>;
  evaluateObjective(
    options: TrainingOptions,
    offset: Int32Array,
    action: Int32Array,
    conditions: Int32Array,
  ): Promise<ObjectiveEvaluation>;
  parameters(): Float32Array;
  state(): Promise<NativeTrainingState>;
  restore(state: NativeTrainingState): Promise<void>;
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

/** Molecules that the addon has put together, one after the other: for the parity tests. */
export interface NativeMolecules {
  /** [molecules + 1] */
  readonly atomOffset: Int32Array;
  /** [atoms × 5] Element, charge, aromatic, hydrogens, place of the block. */
  readonly atoms: Int32Array;
  /** [molecules + 1] */
  readonly bondOffset: Int32Array;
  /** [bonds × 3] From, to, order. */
  readonly bonds: Int32Array;
  /** [molecules] */
  readonly smiles: readonly string[];
  /** [molecules] SMILES of the Bemis–Murcko scaffolds. */
  readonly scaffolds: readonly string[];
}

export interface NativeAddon {
  readonly NativeEngine: new (options: NativeEngineOptions) => NativeEngineObject;
  philox(counter: Uint32Array, key: Uint32Array): Uint32Array;
  runtimeVersion(library: string): string;
  /** Loads ONNX Runtime on another thread. */
  loadRuntime(library: string): Promise<void>;
  traceEnvironment(name: string, parameters: object, actions: Int32Array): EnvironmentTrace;
  /** `states`: [molecules × stateSize] of the environment `molecule` with these parameters. */
  assembleMolecules(parameters: object, states: Int32Array): NativeMolecules;
  /** Ends the work of all engines of this thread of Node's and waits for it. They are disposed of then. */
  shutDown(): void;
}

let addon: NativeAddon | undefined;

/**
 * The files that may be the addon, in the order in which they are tried: in the package the one compiled here, which is
 * there only where somebody wanted it, then the one that the package ships; last the one beside a bundle that this code
 * has become part of. GFLOWNET_ADDON names another one instead.
 */
function addonPaths(): string[] {
  const override = process.env.GFLOWNET_ADDON;
  if (override !== undefined && override !== '') return [resolve(override)];
  const platform = `${process.platform}-${process.arch}`;
  const inPackage = packageFolders().flatMap((folder) => [
    join(folder, 'build', 'Release', 'gflownet.node'),
    join(folder, 'prebuilds', platform, 'gflownet.node'),
  ]);
  return [...new Set([...inPackage, join(codeFolder, 'gflownet.node')])];
}

/** The addon in a file. Throws what is wrong with it. */
function loadAddon(path: string): NativeAddon {
  if (!existsSync(path)) throw new Error('there is no such file');
  const defect = process.platform === 'linux' ? elfDefect(readFileSync(path), process.arch) : null;
  if (defect !== null) throw new Error(defect);
  const loaded: unknown = requireHere(path);
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
      // process.exit() runs no clean-up hooks of addons in the main thread, but destroys ONNX Runtime: nothing may be at
      // work in it by then.
      process.prependOnceListener('exit', () => addon?.shutDown());
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
  const root = runtimePackage();
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

/**
 * Loads the addon and ONNX Runtime, which is large, without holding the event loop for it. Throws ERR_NATIVE or
 * ERR_RUNTIME.
 */
export async function loadNative(): Promise<void> {
  try {
    await nativeAddon().loadRuntime(runtimeLibrary());
  } catch (error) {
    throw fromNative(error);
  }
}

/** The folder of onnxruntime-node, as this code or the installed package finds it. */
function runtimePackage(): string {
  const requires = [requireHere, ...packageFolders().map((folder) => createRequire(join(folder, 'package.json')))];
  for (const require of requires) {
    try {
      return dirname(require.resolve('onnxruntime-node/package.json'));
    } catch {
      // The next one may find it.
    }
  }
  throw new GfnError(
    'ERR_RUNTIME',
    'onnxruntime-node is not installed: run "npm install onnxruntime-node@1.29.0" with ONNXRUNTIME_NODE_INSTALL=skip',
  );
}

/** Turns what the addon threw into a GfnError. */
export function fromNative(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_')) {
    return new GfnError(error.code as ErrorCode, error.message, { cause: error });
  }
  return error;
}
