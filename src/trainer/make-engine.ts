import type { Engine, EngineOptions } from './engine.ts';
import { NativeEngine } from './native-engine.ts';
import type { Backend } from './trainer-options.ts';
import { TypeScriptEngine } from './typescript-engine.ts';

/** The engine of a backend. */
export function makeEngine(backend: Backend, options: EngineOptions): Engine {
  return backend === 'native' ? new NativeEngine(options) : new TypeScriptEngine(options);
}
