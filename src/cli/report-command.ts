import { FlowModel } from '../index.ts';
import { ExitCode } from './exit-code.ts';
import { RunFolder } from './run-folder.ts';
import { reportRun } from './run-summary.ts';
import { writeJson, writeTo, type Terminal } from './terminal.ts';

/** `gflownet report`: writes the report of a run again, from its files. */
export async function report(run: string, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const folder = new RunFolder(run);
  await folder.readConfiguration();
  const model = await FlowModel.load(folder.model);
  try {
    await reportRun(folder, model);
  } finally {
    model.dispose();
  }
  if (json) await writeJson(terminal, { report: folder.report });
  else await writeTo(terminal.stdout, `${folder.report}\n`);
  return ExitCode.ok;
}
