// The thread that RDKit runs in: a request is a list of molecules and a question about each of them.
import { parentPort } from 'node:worker_threads';
import type { MainModule, Mol } from '@rdkit/rdkit';
import { requireHere } from '../package-folder.ts';
import type { Answer, Question, Reply, Request } from './rdkit.ts';

const questions: Readonly<Record<Question, (molecule: Mol) => string>> = {
  graph: (molecule) => molecule.get_json(),
  molblock: (molecule) => molecule.get_molblock(),
  smiles: (molecule) => molecule.get_smiles(),
};

function ask(rdkit: MainModule, question: Question, text: string): Answer {
  const log = rdkit.set_log_capture('rdApp.error');
  try {
    const molecule = rdkit.get_mol(text);
    if (molecule === null) return { reason: reasonIn(log?.get_buffer() ?? '') };
    try {
      return { answer: questions[question](molecule) };
    } finally {
      molecule.delete();
    }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : 'RDKit failed' };
  } finally {
    log?.delete();
  }
}

/** The first line of what RDKit has logged, without the time. */
function reasonIn(log: string): string {
  const line = log.split('\n').find((text) => text.trim() !== '');
  return line?.replace(/^\[[\d:]+\]\s*/, '').trim() ?? 'RDKit cannot read it';
}

/** RDKit, or why there is none. */
async function load(): Promise<MainModule | string> {
  try {
    const factory = requireHere('@rdkit/rdkit') as () => Promise<MainModule>;
    return await factory();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const loaded = load();

parentPort?.on('message', ({ id, question, texts }: Request) => {
  void loaded.then((rdkit) => {
    const reply: Reply =
      typeof rdkit === 'string'
        ? { id, failure: rdkit }
        : { id, answers: texts.map((text) => ask(rdkit, question, text)) };
    parentPort?.postMessage(reply);
  });
});
