import type { Attached, Checkpoint } from './checkpoint.ts';
import { CheckpointFolder } from './checkpoint-folder.ts';
import type { CheckpointOptions } from './checkpoint-options.ts';

/** What checkpoints are taken of. */
export interface CheckpointSource {
  readonly step: number;
  take(attached: Attached): Promise<Checkpoint>;
  /** A checkpoint could not be written: training is to end. */
  stop(): void;
}

/**
 * The checkpoints of one call of `train`: before its first step, every so many steps and after its last one. Files are
 * written while training goes on, one at a time.
 */
export class PeriodicCheckpoints {
  private writing = Promise.resolve();
  private failure: { readonly error: unknown } | undefined;
  private savedStep = -1;

  private constructor(
    private readonly options: Required<CheckpointOptions>,
    private readonly folder: CheckpointFolder,
    private readonly source: CheckpointSource,
  ) {}

  /** Locks the folder and writes the first checkpoint. Throws ERR_LOCKED or ERR_OUTPUT. */
  static async begin(options: Required<CheckpointOptions>, source: CheckpointSource): Promise<PeriodicCheckpoints> {
    const folder = await CheckpointFolder.open(options.folder, options.keep, source.step);
    const checkpoints = new PeriodicCheckpoints(options, folder, source);
    try {
      await checkpoints.end();
      return checkpoints;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** Steps between two checkpoints; 0 for none in between. */
  get every(): number {
    return this.options.every;
  }

  /** To be called when training pauses after a step: takes a checkpoint if one is due. Throws why the last one failed. */
  async reached(step: number): Promise<void> {
    this.throwFailure();
    if (this.every > 0 && step % this.every === 0) await this.save();
  }

  /** Writes a checkpoint of the last step, unless there is one, and waits for it. */
  async end(): Promise<void> {
    this.throwFailure();
    if (this.source.step !== this.savedStep) await this.save();
    await this.writing;
    this.throwFailure();
  }

  /** Waits for the file under way and gives the folder back. Throws why it failed, unless that is to be kept quiet. */
  async close(quiet: boolean): Promise<void> {
    await this.writing;
    await this.folder.close();
    if (!quiet) this.throwFailure();
  }

  private async save(): Promise<void> {
    await this.writing;
    this.throwFailure();
    const checkpoint = await this.source.take(await this.options.attach());
    this.savedStep = checkpoint.state.step;
    this.writing = this.folder.save(checkpoint).then(
      () => undefined,
      (error: unknown) => {
        this.failure = { error };
        this.source.stop();
      },
    );
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}
