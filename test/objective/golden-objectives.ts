import { readFileSync } from 'node:fs';
import { BatchTotals } from '../../src/objective/batch-totals.ts';
import { detailedBalanceLoss } from '../../src/objective/detailed-balance.ts';
import type {
  DetailedBalance,
  FlowMatching,
  SubTrajectoryBalance,
  TrajectoryBalance,
  VarGrad,
} from '../../src/objective/objective.ts';
import { SubTrajectoryBalanceLoss } from '../../src/objective/sub-trajectory-balance.ts';
import { trajectoryBalanceLoss } from '../../src/objective/trajectory-balance.ts';
import type { TermGradients, TrajectoryTerms } from '../../src/objective/trajectory-terms.ts';
import { vargradLoss } from '../../src/objective/vargrad.ts';

export type BalanceObjective = TrajectoryBalance | VarGrad | DetailedBalance | SubTrajectoryBalance;

/** The file that golden/make_objectives.py writes. */
export interface Golden {
  readonly balance: {
    readonly offset: number[];
    readonly terms: Record<'logPf' | 'logPb' | 'logF' | 'logReward', number[]> & { readonly logZ: number };
    readonly cases: readonly {
      readonly objective: BalanceObjective;
      readonly loss: number;
      readonly gradients: Record<'logPf' | 'logPb' | 'logF', number[]> & { readonly logZ: number };
    }[];
  };
  readonly flow: {
    readonly allowed: number[][];
    readonly offset: number[];
    readonly row: number[];
    readonly action: number[];
    readonly multiplicity: number[];
    readonly visitedRows: number;
    readonly transitions: number;
    readonly logits: number[];
    readonly logReward: number[];
    readonly cases: readonly { readonly objective: FlowMatching; readonly loss: number; readonly gradient: number[] }[];
  };
}

export function readGolden(): Golden {
  return JSON.parse(readFileSync(new URL('golden/objectives.json', import.meta.url), 'utf8')) as Golden;
}

export function goldenTerms({ balance }: Golden): TrajectoryTerms {
  const { logPf, logPb, logF, logReward, logZ } = balance.terms;
  return {
    trajectories: logReward.length,
    offset: Int32Array.from(balance.offset),
    logPf: Float64Array.from(logPf),
    logPb: Float64Array.from(logPb),
    logF: Float64Array.from(logF),
    logReward: Float64Array.from(logReward),
    logZ,
  };
}

/** Trajectories [first, last) of a batch as a batch of their own. */
export function part(terms: TrajectoryTerms, first: number, last: number): TrajectoryTerms {
  const { offset, logPf, logPb, logF, logReward, logZ } = terms;
  return {
    trajectories: last - first,
    offset: offset.slice(first, last + 1).map((start) => start - offset[first]),
    logPf: logPf.slice(offset[first], offset[last]),
    logPb: logPb.slice(offset[first], offset[last]),
    logF: logF.slice(offset[first] + first, offset[last] + last),
    logReward: logReward.slice(first, last),
    logZ,
  };
}

export function totalsOf(...parts: readonly TrajectoryTerms[]): BatchTotals {
  const totals = new BatchTotals();
  for (const terms of parts) totals.add(terms);
  return totals;
}

/** Loss and gradients, in buffers full of what must be overwritten. */
export function evaluateBalance(
  objective: BalanceObjective,
  terms: TrajectoryTerms,
  totals: BatchTotals,
): { loss: number; gradients: TermGradients } {
  const gradients = {
    logPf: new Float64Array(terms.logPf.length).fill(99),
    logPb: new Float64Array(terms.logPb.length).fill(99),
    logF: new Float64Array(terms.logF.length).fill(99),
    logZ: 99,
  };
  switch (objective.name) {
    case 'trajectory-balance':
      return { loss: trajectoryBalanceLoss(objective, terms, totals, gradients), gradients };
    case 'vargrad':
      return { loss: vargradLoss(objective, terms, totals, gradients), gradients };
    case 'detailed-balance':
      return { loss: detailedBalanceLoss(objective, terms, totals, gradients), gradients };
    case 'sub-trajectory-balance':
      return { loss: new SubTrajectoryBalanceLoss().evaluate(objective, terms, totals, gradients), gradients };
  }
}

export function label(objective: BalanceObjective | FlowMatching): string {
  const { regressionLoss, ...rest } = objective;
  return `${Object.values(rest).join(' ')} with ${regressionLoss.kind}`;
}
