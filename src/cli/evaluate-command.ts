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

/** Characters; a longer value is a sentence, which stands in the place of the definition and keeps the columns narrow. */
const LONGEST_VALUE = 36;

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
      const rows = metricDefinitions.map(({ name, definition, value }) => {
        const text = value(evaluation);
        return text.length > LONGEST_VALUE ? [name, '', text] : [name, text, definition];
      });
      await writeTo(terminal.stdout, `${alignedTable(rows)}\n`);
      const { conditions: each } = evaluation;
      if (each !== undefined) await writeTo(terminal.stdout, `\n${alignedTable(conditionRows(each))}\n`);
    }
    return ExitCode.ok;
  } finally {
    model.dispose();
  }
}
