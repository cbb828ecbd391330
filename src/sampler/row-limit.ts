import { GfnError } from '../error.ts';

/** More distinct states than the memory budget has rows for; a smaller part of the batch may still fit. */
export class RowLimitError extends GfnError {
  constructor(limit: number) {
    super(
      'ERR_TOO_LARGE',
      `memoryBytes: expected room for every state of one trajectory, got a budget of ${limit} rows of the model`,
    );
  }
}
