import { Worker } from 'node:worker_threads';
import type { Environment } from '../../env/environment.ts';
import { moleculeView, type MoleculeView } from '../../env/molecule-view.ts';
import { GfnError, type ErrorCode } from '../../error.ts';
import { badArgument, stringOption } from '../../options.ts';
import type { Visited } from '../../trainer/engine.ts';
import { missingRdKit } from '../rdkit.ts';
import { workerFile } from '../worker-file.ts';
import type { CollectorOptions, SeenFigures, SeenPosition } from './seen-collector.ts';
import { resolveSeenOptions, type MoleculesSeenOptions } from './seen-options.ts';

/** A call of the thread; those of a thread are answered in order. */
export type SeenCall = { readonly id: number } & (
  | { readonly method: 'open'; readonly options: CollectorOptions }
  | { readonly method: 'add'; readonly terminalState: Int32Array; readonly score: Float64Array }
  | { readonly method: 'flush' }
  | { readonly method: 'figures' }
);

export type SeenReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly code: ErrorCode; readonly message: string };

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: GfnError) => void;
}

/** Objects that may wait for the thread before `add` makes its caller wait: some seconds of its work. */
const MOST_WAITING = 4096;

/**
 * The molecules that training sees, with their scores, in a folder of Parquet files, each molecule once by its canonical
 * SMILES. A thread of its own does the chemistry and writes, so that neither training nor the event loop waits for
 * them: for `TrainOptions.onVisited`.
 *
 * @example
 * const seen = await MoleculesSeen.open('molecules', environment);
 * const onVisited = (visited: Visited) => seen.add(visited);
 * for await (const report of trainer.train({ steps: 1000, onVisited })) console.log(report.loss);
 * console.log(await seen.figures());
 * await seen.close();
 */
export class MoleculesSeen {
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;
  /** Objects that the thread has been given and has not finished. */
  private ahead = 0;
  private readonly wakes: (() => void)[] = [];
  private failure: GfnError | null = null;
  private closing = false;

  private constructor(
    private readonly view: MoleculeView,
    private readonly worker: Worker,
  ) {
    worker.on('message', (reply: SeenReply) => this.settle(reply));
    worker.on('error', (error) => this.fail(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.fail(`ended with code ${code}`));
    worker.unref();
  }

  /**
   * Opens the folder, which is made if it is missing; files in it beyond `position` are removed, all of them by default.
   * Without RDKit molecules are told apart by SMILES that are not canonical, and `onWarning` is told. Throws
   * ERR_ARGUMENT for an environment that builds no molecules, ERR_UNKNOWN_OPTION, ERR_OUTPUT, ERR_CONFIG for files that
   * are damaged and ERR_CHECKPOINT where they end before the position.
   */
  static async open(
    folder: string,
    environment: Environment,
    options: MoleculesSeenOptions = {},
  ): Promise<MoleculesSeen> {
    stringOption('folder', folder);
    const { modeScore, position, onWarning } = resolveSeenOptions(options);
    const view = moleculeView(environment) ?? badArgument('environment', 'one of molecules', environment.name);
    const file = workerFile('seen-worker.js');
    if (file === null) {
      throw new GfnError('ERR_INTERNAL', 'bundle/seen-worker.js of this package is missing');
    }
    const seen = new MoleculesSeen(view, new Worker(file));
    const { parameters } = view.molecule;
    try {
      const missing = await seen.call({ method: 'open', options: { folder, parameters, modeScore, position } });
      if (typeof missing === 'string') {
        onWarning(`${missingRdKit(missing).message}; molecules are told apart by SMILES that are not canonical`);
      }
      return seen;
    } catch (error) {
      await seen.close();
      throw error;
    }
  }

  /**
   * Adds visited objects and resolves when there is room for more: at once, unless the thread is far behind. Throws why
   * it failed: ERR_OUTPUT where a file cannot be written.
   */
  async add({ count, terminalState, logReward }: Visited): Promise<void> {
    const { molecule } = this.view;
    const stateSize = terminalState.length / Math.max(count, 1);
    const states = new Int32Array(count * molecule.stateSize);
    const score = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const state = terminalState.subarray(i * stateSize, (i + 1) * stateSize);
      states.set(state.subarray(0, molecule.stateSize), i * molecule.stateSize);
      score[i] = this.view.score(state, logReward[i]);
    }
    this.throwFailure();
    this.ahead += count;
    this.call({ method: 'add', terminalState: states, score })
      .catch(() => undefined) // the failure is kept
      .finally(() => {
        this.ahead -= count;
        for (const wake of this.wakes.splice(0)) wake();
      });
    while (this.ahead > MOST_WAITING && this.failure === null) {
      await new Promise<void>((resolve) => this.wakes.push(resolve));
    }
    this.throwFailure();
  }

  /**
   * Puts everything that was added on the disk, and says how far that is: for a checkpoint. Throws ERR_OUTPUT where it
   * cannot be written.
   */
  flush(): Promise<SeenPosition> {
    return this.call({ method: 'flush' }) as Promise<SeenPosition>;
  }

  /** Figures of all that was added. */
  figures(): Promise<SeenFigures> {
    return this.call({ method: 'figures' }) as Promise<SeenFigures>;
  }

  /** Ends the thread; what was not flushed may be lost. */
  async close(): Promise<void> {
    this.closing = true;
    await this.worker.terminate();
  }

  private async call(call: Unnumbered<SeenCall>): Promise<unknown> {
    this.throwFailure();
    return new Promise((resolve, reject) => {
      const id = ++this.last;
      this.waiting.set(id, { resolve, reject });
      this.worker.ref();
      this.worker.postMessage({ id, ...call } satisfies SeenCall);
    });
  }

  private settle(reply: SeenReply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (this.waiting.size === 0) this.worker.unref();
    if ('result' in reply) return waiting?.resolve(reply.result);
    this.failure ??= new GfnError(reply.code, reply.message);
    waiting?.reject(this.failure);
  }

  private fail(reason: string): void {
    this.failure ??= this.closing
      ? new GfnError('ERR_DISPOSED', 'the molecules seen have been closed')
      : new GfnError('ERR_INTERNAL', `the thread of the molecules seen: ${reason}`);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }

  private throwFailure(): void {
    if (this.failure !== null) throw this.failure;
  }
}
