import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { DefinedEnvironment } from '../env/defined/defined-environment.ts';
import type { Environment } from '../env/environment.ts';
import { environments } from '../env/registry.ts';
import { GfnError } from '../error.ts';
import * as gflownet from '../index.ts';
import type { RewardFunction } from '../index.ts';
import { badArgument, shown } from '../options.ts';
import { loading } from './early-exit.ts';
import { isRecord } from './record.ts';

/** A module of the user's that exports an environment, and perhaps a reward. */
export interface EnvironmentModule {
  readonly environment: Environment;
  /** Takes the place of the environment's reward. */
  readonly reward: RewardFunction | null;
  /** Absolute. */
  readonly path: string;
  /** Of the file, in hexadecimal digits; files that it imports do not count. */
  readonly sha256: string;
  /** What its function was given; null if it exports an environment rather than a function. */
  readonly options: Readonly<Record<string, unknown>> | null;
}

const extensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

/** Whether a text on the command line is the path of a module rather than the name of an environment. */
export function isModulePath(text: string): boolean {
  return /[\\/]/.test(text) || extensions.includes(extname(text).toLowerCase());
}

const exported =
  'a default export made by defineEnvironment, another environment of this package, or a function (options) => environment';

/**
 * Runs a module and makes its environment. TypeScript is compiled in memory, without a check of its types. `gflownet`
 * is this very package for the module and what it imports by path, wherever it lies. Throws ERR_MODULE when the module
 * is missing, cannot be read, fails or exports no environment, ERR_ARGUMENT for options that it does not take, and what
 * `defineEnvironment` throws.
 */
export async function loadEnvironmentModule(path: string, options?: unknown): Promise<EnvironmentModule> {
  const absolute = resolve(path);
  const sha256 = createHash('sha256')
    .update(await contentOf(absolute))
    .digest('hex');
  return loading(absolute, async () => {
    const exports = exportsOf(await evaluated(absolute));
    const made = await environmentOf(absolute, exports.default, options);
    return { ...made, reward: rewardOf(absolute, exports.reward), path: absolute, sha256 };
  });
}

async function contentOf(path: string): Promise<Buffer> {
  const extension = extname(path).toLowerCase();
  if (!extensions.includes(extension)) {
    throw new GfnError('ERR_MODULE', `${path}: expected a module that ends in ${extensions.join(', ')}`);
  }
  try {
    return await readFile(path);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = isMissing ? 'there is no such file' : messageOf(cause);
    throw new GfnError('ERR_MODULE', `${path}: expected a module that exports an environment: ${reason}`, { cause });
  }
}

async function evaluated(path: string): Promise<unknown> {
  const { createJiti } = await import('jiti'); // by need: most runs have no module
  // Without caches nothing is left on the disk, and a changed module is read again.
  const jiti = createJiti(path, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    sourceMaps: true,
    virtualModules: { gflownet },
  });
  return naming(path, 'cannot be loaded', () => jiti.import(path));
}

/** The exports by name, of an ES module or of CommonJS. */
function exportsOf(loaded: unknown): { readonly default?: unknown; readonly reward?: unknown } {
  if (!isRecord(loaded) || isEnvironment(loaded)) return { default: loaded };
  const inner = loaded.default;
  // CommonJS that Node itself has loaded: module.exports is the default export.
  return isRecord(inner) && 'default' in inner && !isEnvironment(inner) ? inner : loaded;
}

async function environmentOf(
  path: string,
  value: unknown,
  options: unknown,
): Promise<Pick<EnvironmentModule, 'environment' | 'options'>> {
  if (options !== undefined && !isRecord(options)) badArgument(`options of ${path}`, 'a JSON object', options);
  if (typeof value === 'function') {
    const given = options ?? {};
    const make = value as (options: Readonly<Record<string, unknown>>) => unknown;
    const environment = await naming(path, 'its function failed', () => make(structuredClone(given)));
    return { environment: checked(path, environment, 'its function to return an environment'), options: given };
  }
  const environment = checked(path, value, exported);
  if (options !== undefined) {
    badArgument(`options of ${path}`, 'none, since it exports an environment and no function (options) =>', options);
  }
  return { environment, options: null };
}

function isEnvironment(value: unknown): value is Environment {
  if (value instanceof DefinedEnvironment) return true;
  return isRecord(value) && 'apply' in value && environments.some(({ name }) => name === value.name);
}

function checked(path: string, value: unknown, expected: string): Environment {
  if (isEnvironment(value)) return value;
  const isForeign = isRecord(value) && 'apply' in value && 'stateSize' in value;
  const got = isForeign ? 'an environment of another copy of gflownet, or a class of its own' : shown(value);
  const hint = isRecord(value) && 'initial' in value && !isForeign ? ': wrap the description in defineEnvironment' : '';
  throw new GfnError(
    'ERR_MODULE',
    `${path}: expected ${expected}, got ${value === undefined ? 'nothing' : got}${hint}`,
  );
}

function rewardOf(path: string, value: unknown): RewardFunction | null {
  if (value === undefined) return null;
  if (isRecord(value) && typeof value.score === 'function') return value as unknown as RewardFunction;
  throw new GfnError('ERR_MODULE', `${path}: expected reward to be an object with score, got ${shown(value)}`);
}

/** Runs the module's code; its errors name the file, and errors of this package keep their code. */
async function naming<T>(path: string, what: string, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof GfnError) throw new GfnError(cause.code, `${path}: ${cause.message}`, { cause });
    throw new GfnError('ERR_MODULE', `${path}: ${what}: ${messageOf(cause)}`, { cause });
  }
}

/** A message without the stack of imports that Node appends. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : shown(error);
  return text.replace(/\s*Require stack:[^]*$/, '').trim();
}
