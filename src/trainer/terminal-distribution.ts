import { setImmediate } from 'node:timers/promises';
import type { Environment } from '../env/environment.ts';
import { allowedLogSumExp } from '../objective/log-sum-exp.ts';
import type { StateRows } from '../sampler/state-rows.ts';
import type { ExactDistribution } from './engine.ts';
import { StateGraph } from './state-graph.ts';

/** States that the model is asked about at a time. */
const ROWS_PER_TURN = 512;

/**
 * The exact distribution of terminal states: the probability of each state is pushed along its edges, every state
 * after all its parents. The enumeration is kept for the next call.
 */
export class TerminalDistribution {
  private graph: StateGraph | null = null;
  private order: Int32Array = new Int32Array(0);
  private edgeProbability = new Float64Array(0);

  constructor(private readonly rows: StateRows) {}

  /** `condition`: bits. Throws ERR_NOT_ENUMERABLE if there are more than `maximumStates` states. */
  async compute(maximumStates: number, condition: Int32Array): Promise<ExactDistribution> {
    const { environment } = this.rows;
    if (this.graph === null) {
      const graph = await StateGraph.enumerate(environment, maximumStates);
      this.order = graph.topologicalOrder();
      this.edgeProbability = new Float64Array(graph.edges);
      this.graph = graph;
    }
    this.graph.checkSize(maximumStates);
    this.graph.setCondition(condition);
    await this.evaluateEdges(this.graph);
    return collectTerminals(this.graph, environment, this.push(this.graph));
  }

  /** P_F of every edge, in double from the model's logits. */
  private async evaluateEdges(graph: StateGraph): Promise<void> {
    const { rows } = this;
    const state = new Int32Array(rows.environment.stateSize);
    const rowsPerTurn = Math.min(ROWS_PER_TURN, rows.limit);
    const numbers: number[] = [];
    rows.clear();
    for (let number = 0; number < graph.count; number++) {
      if (graph.offset[number] < graph.offset[number + 1]) {
        graph.readState(number, state);
        rows.rowOf(state);
        numbers.push(number);
      }
      if (numbers.length === rowsPerTurn || number === graph.count - 1) {
        rows.evaluate();
        numbers.forEach((live, row) => this.writeProbabilities(graph, live, row));
        numbers.length = 0;
        rows.clear();
        await setImmediate();
      }
    }
  }

  private writeProbabilities(graph: StateGraph, number: number, row: number): void {
    const { actions } = this.rows.environment;
    const logits = this.rows.model.forwardLogits;
    const normalizer = allowedLogSumExp(logits, this.rows.allowed, row * actions, actions);
    for (let edge = graph.offset[number]; edge < graph.offset[number + 1]; edge++) {
      this.edgeProbability[edge] = Math.exp(logits[row * actions + graph.action[edge]] - normalizer);
    }
  }

  private push(graph: StateGraph): Float64Array {
    const { offset, child } = graph;
    const probability = new Float64Array(graph.count);
    probability[0] = 1;
    for (const number of this.order) {
      for (let edge = offset[number]; edge < offset[number + 1]; edge++) {
        probability[child[edge]] += probability[number] * this.edgeProbability[edge];
      }
    }
    return probability;
  }
}

/** Terminal states are those without edges. */
function collectTerminals(graph: StateGraph, environment: Environment, probability: Float64Array): ExactDistribution {
  const { stateSize } = environment;
  const numbers: number[] = [];
  for (let number = 0; number < graph.count; number++) {
    if (graph.offset[number] === graph.offset[number + 1]) numbers.push(number);
  }
  const terminalState = new Int32Array(numbers.length * stateSize);
  const logReward = new Float64Array(numbers.length);
  const state = new Int32Array(stateSize);
  numbers.forEach((number, i) => {
    graph.readState(number, state);
    terminalState.set(state, i * stateSize);
    logReward[i] = environment.logReward(state);
  });
  return {
    count: numbers.length,
    terminalState,
    logReward,
    probability: Float64Array.from(numbers, (number) => probability[number]),
  };
}
