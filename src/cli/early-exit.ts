import { GfnError } from '../error.ts';
import { type ExitCode, exitCodeOf } from './exit-code.ts';

interface UserModule {
  readonly path: string;
  loading: boolean;
}

/** The one whose code runs in this process. */
let userModule: UserModule | null = null;
let leaving = false;

/** Ends the process as the command line means to. */
export function leave(code: ExitCode): never {
  leaving = true;
  process.exit(code);
}

/** Loads a module; if the process ends meanwhile, or before the command is done, the module is named. */
export async function loading<T>(path: string, load: () => Promise<T>): Promise<T> {
  const current: UserModule = { path, loading: true };
  userModule = current;
  try {
    return await load();
  } finally {
    current.loading = false;
  }
}

/**
 * Until the function returned is called, an end of the process that the command line does not mean is told, and fails:
 * code of the user's may call `process.exit`, or wait for what never comes.
 */
export function watchExit(tell: (error: GfnError) => void): () => void {
  let crashed = false;
  const onCrash = (): void => {
    crashed = true; // Node tells it
  };
  const onIdle = (): void => {
    const error = stuck();
    tell(error);
    leave(exitCodeOf(error));
  };
  const onExit = (code: number): void => {
    if (leaving || crashed) return;
    const error = ended(code);
    tell(error);
    if (code === 0) process.exitCode = exitCodeOf(error);
  };
  userModule = null;
  process.on('uncaughtExceptionMonitor', onCrash);
  process.on('beforeExit', onIdle);
  process.on('exit', onExit);
  return () => {
    process.off('uncaughtExceptionMonitor', onCrash);
    process.off('beforeExit', onIdle);
    process.off('exit', onExit);
  };
}

/** Nothing is left that could settle what is waited for. */
function stuck(): GfnError {
  if (userModule === null) return new GfnError('ERR_INTERNAL', 'the command waits for what never comes');
  const { path, loading } = userModule;
  return loading
    ? new GfnError('ERR_MODULE', `${path}: expected it to load, but a promise that it awaits never settles`)
    : new GfnError('ERR_REWARD', `reward: expected scores, but the promise that score of ${path} gave never settles`);
}

function ended(code: number): GfnError {
  if (userModule === null)
    return new GfnError('ERR_INTERNAL', `the process ended with code ${code} before the command`);
  const { path, loading } = userModule;
  const when = loading ? 'while it was being loaded' : 'before the command was done';
  return new GfnError(
    'ERR_MODULE',
    `${path}: expected its code to leave the process alone, but it ended ${when}, with code ${code}`,
  );
}
