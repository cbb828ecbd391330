import { ExitCode } from './exit-code.ts';
import { openModel } from './open-model.ts';
import { RunFolder } from './run-folder.ts';
import { reportRun } from './run-summary.ts';
import { writeJson, writeTo, type Terminal } from './terminal.ts';

export interface ReportRequest {
  readonly run: string;
  /** The module of the environment, where it is not at the place that config.json names. */
  readonly environment: string | undefined;
  readonly json: boolean;
}

/** `gflownet report`: writes the report of a run again, from its files. */
export async function report({ run, environment, json }: ReportRequest, terminal: Terminal): Promise<ExitCode> {
  const folder = new RunFolder(run);
  await folder.requireConfiguration();
  const request = {
    environment,
    environmentOptions: undefined,
    backend: undefined,
    threads: undefined,
    reward: undefined,
  };
  const { model, chosen } = await openModel({ model: folder.model, ...request }, terminal);
  try {
    await reportRun(folder, model, chosen);
  } finally {
    model.dispose();
  }
  if (json) await writeJson(terminal, { report: folder.report });
  else await writeTo(terminal.stdout, `${folder.report}\n`);
  return ExitCode.ok;
}
