import type { Environment } from '../env/environment.ts';
import { widthOf } from '../env/observation-input.ts';
import { GfnError } from '../error.ts';
import { GraphInterpreter } from '../model/interpreter/graph-interpreter.ts';
import type { Tensor } from '../onnx/graph.ts';
import { decodeModel } from '../onnx/protobuf.ts';
import { tensorNumbers } from '../onnx/tensor.ts';
import { RewardScorer } from '../reward/reward-scorer.ts';
import type { RewardFile } from '../reward/reward-file.ts';
import { writeObservation } from './observation-rows.ts';
import { rowTensor } from './row-tensor.ts';

/** Rows of one call: few enough for the activations to stay in cache. */
const BLOCK_ROWS = 512;

/**
 * Scores terminal states by an ONNX file on the graph interpreter. Throws ERR_OPERATOR for a graph with operators or
 * types that only the native path runs.
 */
export function interpretedReward(environment: Environment, file: RewardFile): RewardScorer {
  const { scale, transform, floor, cache } = file.options;
  const score = interpretedScore(file);
  return new RewardScorer(environment, {
    score: (states) => score(states as readonly Int32Array[]),
    scale,
    objects: 'integers',
    transform,
    floor,
    timeLimit: Infinity,
    cache,
  });
}

function interpretedScore(file: RewardFile): (states: readonly Int32Array[]) => ArrayLike<number> {
  const graph = interpreterOf(file);
  const inputs = file.inputs.map(({ info, ...rest }) => ({ tensor: rowTensor(info), ...rest }));
  const observation = new Int32Array(file.scored.observation.width);
  const write = (state: Int32Array, row: number): void => {
    file.scored.observe(state, observation);
    for (const { tensor, input, first, isState } of inputs) {
      const integers = isState ? state : observation;
      writeObservation(tensor, input, integers.subarray(first, first + widthOf(input)), row);
    }
  };
  return (states) => {
    const scores: number[] = [];
    for (let begin = 0; begin < states.length; begin += BLOCK_ROWS) {
      const block = states.slice(begin, begin + BLOCK_ROWS);
      block.forEach(write);
      const tensors = inputs.map(({ tensor }) => [tensor.name, tensor.tensor(0, block.length)] as const);
      scores.push(...outputOf(graph, Object.fromEntries(tensors), file, block.length));
    }
    return scores;
  };
}

function outputOf(
  graph: GraphInterpreter,
  inputs: Readonly<Record<string, Tensor>>,
  file: RewardFile,
  rows: number,
): number[] {
  try {
    return tensorNumbers(graph.run(inputs)[file.output.name]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new GfnError('ERR_REWARD', `reward.onnx: the graph failed on ${rows} rows: ${message}`, { cause: error });
  }
}

function interpreterOf(file: RewardFile): GraphInterpreter {
  try {
    return new GraphInterpreter(decodeModel(file.bytes));
  } catch (error) {
    if (!(error instanceof GfnError)) throw error;
    const hint = error.code === 'ERR_OPERATOR' ? " (backend: 'native' runs whatever ONNX Runtime knows)" : '';
    throw new GfnError(error.code, `reward.onnx: ${file.options.onnx}: ${error.message}${hint}`, { cause: error });
  }
}
