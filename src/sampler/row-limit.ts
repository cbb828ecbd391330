import { GfnError } from '../error.ts';

/** More distinct states than the memory budget has rows for; a smaller part of the batch may still fit. */
export class RowLimitError extends GfnError {
  /** `bytesPerRow`: what the limit counts for a row. */
  constructor(limit: number, bytesPerRow: number) {
    super(
      'ERR_TOO_LARGE',
      `memoryBytes: expected room for every state of one trajectory, got room for ${limit} states of ${bytesPerRow} ` +
        'bytes each; give more memoryBytes, or a smaller environment or model',
    );
  }
}
