import { Worker } from 'node:worker_threads';
import { GfnError } from '../error.ts';
import { workerFile } from './worker-file.ts';

/** What RDKit is asked of a molecule: its graph as CommonChem JSON, a V2000 mol block, canonical SMILES, an SVG. */
export type Question = 'drawing' | 'graph' | 'molblock' | 'smiles';

export interface Request {
  readonly id: number;
  readonly question: Question;
  /** SMILES, mol blocks or CommonChem JSON. */
  readonly texts: readonly string[];
}

/** What RDKit says of one molecule, or why it cannot read it. */
export type Answer = { readonly answer: string } | { readonly reason: string };

export type Reply =
  { readonly id: number; readonly answers: readonly Answer[] } | { readonly id: number; readonly failure: string };

interface Waiting {
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: GfnError) => void;
}

/**
 * RDKit in a thread of its own, so that neither its start (a quarter of a second) nor its work holds the event loop. The
 * thread starts with the first question, and does not keep the process alive while there is none.
 */
class RdKit {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  /** Answers in the order of the molecules. Rejects with ERR_RDKIT if RDKit is missing or ends. */
  ask(question: Question, texts: readonly string[]): Promise<readonly Answer[]> {
    return new Promise((resolve, reject) => {
      const worker = (this.worker ??= this.start());
      const id = ++this.last;
      this.waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, question, texts } satisfies Request);
    });
  }

  private start(): Worker {
    const worker = new Worker(workerFile('rdkit-worker.js') ?? missingWorker());
    worker.on('message', (reply: Reply) => this.settle(worker, reply));
    worker.on('error', (error) => this.fail(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.fail(`its thread ended with code ${code}`));
    return worker;
  }

  private settle(worker: Worker, reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (this.waiting.size === 0) worker.unref();
    if ('answers' in reply) waiting?.resolve(reply.answers);
    else waiting?.reject(missingRdKit(reply.failure));
  }

  private fail(reason: string): void {
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(missingRdKit(reason));
    this.waiting.clear();
  }
}

function missingWorker(): never {
  throw missingRdKit('bundle/rdkit-worker.js of this package is missing');
}

/** ERR_RDKIT, with how to install it. */
export function missingRdKit(reason: string): GfnError {
  return new GfnError(
    'ERR_RDKIT',
    `RDKit cannot be used: ${reason}. It is the npm package @rdkit/rdkit, which is installed with this one unless ` +
      'optional dependencies are left out: npm install @rdkit/rdkit@2026.9.1',
  );
}

const shared = new RdKit();

/** Asks RDKit, in its thread, about each of some molecules. Rejects with ERR_RDKIT if RDKit cannot be used. */
export function askRdKit(question: Question, texts: readonly string[]): Promise<readonly Answer[]> {
  return shared.ask(question, texts);
}
