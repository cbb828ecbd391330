import type { Environment } from './environment.ts';
import type { EnvironmentOptions } from './option.ts';

/** What the registry holds of an environment: enough to describe it, to build its flags and to create it. */
export interface EnvironmentDefinition {
  readonly name: string;
  readonly summary: string;
  readonly options: EnvironmentOptions;
  /** Throws ERR_ARGUMENT, ERR_UNKNOWN_OPTION or ERR_TOO_LARGE. */
  readonly create: (options?: object) => Environment;
  /** The options with what their files hold, where reading these takes time: to be called before `create`. */
  readonly prepare?: (options: object) => Promise<object>;
}
