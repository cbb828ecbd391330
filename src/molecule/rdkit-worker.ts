// The thread that RDKit runs in: a request is a list of molecules and a question about each of them.
import { parentPort } from 'node:worker_threads';
import type { Mol } from '@rdkit/rdkit';
import { loadRdKit, withMolecule } from './rdkit-module.ts';
import type { Question, Reply, Request } from './rdkit.ts';

/** Of drawings: black bonds and letters, colours of the elements, the size of a card of the report. */
const drawing = JSON.stringify({ width: 250, height: 170, clearBackground: false, bondLineWidth: 1.2, padding: 0.06 });

const questions: Readonly<Record<Question, (molecule: Mol) => string>> = {
  drawing: (molecule) => molecule.get_svg_with_highlights(drawing),
  graph: (molecule) => molecule.get_json(),
  molblock: (molecule) => molecule.get_molblock(),
  smiles: (molecule) => molecule.get_smiles(),
};

const loaded = loadRdKit();

parentPort?.on('message', ({ id, question, texts }: Request) => {
  void loaded.then((rdkit) => {
    const reply: Reply =
      typeof rdkit === 'string'
        ? { id, failure: rdkit }
        : { id, answers: texts.map((text) => withMolecule(rdkit, text, questions[question])) };
    parentPort?.postMessage(reply);
  });
});
