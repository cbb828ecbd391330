import { loadNative } from '../native-addon.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { NativeEngine } from './native-engine.ts';
import type { Backend } from './trainer-options.ts';
import { TypeScriptEngine } from './typescript-engine.ts';

/** The engine of a backend. */
export function makeEngine(backend: Backend, options: EngineOptions): Engine {
  return backend === 'native' ? new NativeEngine(options) : new TypeScriptEngine(options);
}

/** The same, letting other work of the process run while libraries are loaded. */
export async function openEngine(backend: Backend, options: EngineOptions): Promise<Engine> {
  if (backend === 'native') await loadNative();
  return makeEngine(backend, options);
}
