import { integerOption } from '../options.ts';
import { conditionRows } from '../report/condition-rows.ts';
import { metricDefinitions } from '../report/metric-definition.ts';
import { ExitCode } from './exit-code.ts';
import { openModel, type ModelRequest } from './open-model.ts';
import { alignedTable, writeJson, writeTo, type Terminal } from './terminal.ts';

export interface EvaluateRequest extends ModelRequest {
  readonly samples: number | undefined;
  readonly correlationObjects: number | undefined;
  readonly conditions: readonly (readonly number[])[] | undefined;
  readonly seed: number;
  readonly json: boolean;
}

/** `gflownet evaluate`: every metric, each with its definition. */
export async function evaluate(request: EvaluateRequest, terminal: Terminal): Promise<ExitCode> {
  const seed = integerOption('--seed', request.seed, 0, 2 ** 53 - 1);
  const { model } = await openModel(request, terminal);
  try {
    const { samples, correlationObjects, conditions } = request;
    const evaluation = await model.evaluate({ seed, samples, correlationObjects, conditions });
    if (request.json) {
      await writeJson(terminal, evaluation);
    } else {
      const rows = metricDefinitions.map(({ name, definition, value }) => [name, value(evaluation), definition]);
      await writeTo(terminal.stdout, `${alignedTable(rows)}\n`);
      const { conditions: each } = evaluation;
      if (each !== undefined) await writeTo(terminal.stdout, `\n${alignedTable(conditionRows(each))}\n`);
    }
    return ExitCode.ok;
  } finally {
    model.dispose();
  }
}
