import { shown } from '../options.ts';
import type { Environment } from './environment.ts';

/** An environment as an error message shows it: its name and its parameters, long ones cut. */
export function described({ name, parameters }: Pick<Environment, 'name' | 'parameters'>): string {
  const options = Object.entries(parameters).map(([option, value]) => `${option} ${shown(value)}`);
  return [name, ...options].join(', ');
}
