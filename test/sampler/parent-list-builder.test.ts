import { expect, test } from 'vitest';
import { bitSequence } from '../../src/env/bit-sequence.ts';
import { hypergrid } from '../../src/env/hypergrid.ts';
import { BehaviourPolicy } from '../../src/sampler/action-source.ts';
import { ForwardSampler } from '../../src/sampler/forward-sampler.ts';
import { ParentListBuilder } from '../../src/sampler/parent-list-builder.ts';
import { Purpose, RandomStream } from '../../src/sampler/philox.ts';
import { StateRows } from '../../src/sampler/state-rows.ts';
import { StateGraph } from '../../src/trainer/state-graph.ts';
import { LeapEnvironment } from './leap-environment.ts';
import { hashedModel } from './tabular-model.ts';

const environments = [
  hypergrid({ dimensions: 2, side: 6 }),
  new LeapEnvironment(8),
  bitSequence({ length: 4, wordBits: 1, modes: ['0101'] }),
];

test.each(environments)('$name: lists hold all edges into the visited states', async (environment) => {
  const { actions, backwardActions, stateSize } = environment;
  const model = hashedModel(actions, backwardActions, false);
  const rows = new StateRows(environment, model);
  const sampler = new ForwardSampler(rows);
  const parents = new ParentListBuilder(rows);
  const policy = new BehaviourPolicy(actions, new RandomStream(2, Purpose.training));
  const { batch } = sampler;
  for (const trajectories of [9, 4]) {
    sampler.sample(trajectories, policy);
    const visited = batch.rows;
    parents.build(batch, batch.state);
    expect(parents.visitedRows).toBe(visited);
    expect(batch.rows).toBeGreaterThanOrEqual(visited);
    expect(model.calls.at(-1)![1]).toBe(batch.rows);

    // By brute force: every edge of the whole graph, by its child.
    const graph = await StateGraph.enumerate(environment, 1000);
    const state = new Int32Array(stateSize);
    const name = (number: number) => graph.state.slice(number * stateSize, (number + 1) * stateSize).join();
    const expected = new Map<string, string[]>();
    for (let number = 0; number < graph.count; number++) {
      for (let edge = graph.offset[number]; edge < graph.offset[number + 1]; edge++) {
        const child = name(graph.child[edge]);
        expected.set(child, [...(expected.get(child) ?? []), `${name(number)} by ${graph.action[edge]}`]);
      }
    }
    const found = (node: number) => {
      const edges: string[] = [];
      for (let edge = parents.offset[node]; edge < parents.offset[node + 1]; edge++) {
        rows.readState(parents.row[edge], state);
        edges.push(`${state.join()} by ${parents.action[edge]}`);
      }
      return edges.sort();
    };
    for (let row = 0; row < visited; row++) {
      rows.readState(row, state);
      const edges = expected.get(state.join()) ?? [];
      expect(found(row)).toEqual(edges.sort());
    }
    const passed = new Array<number>(visited).fill(0);
    for (let b = 0; b < trajectories; b++) {
      expect(found(visited + b)).toEqual(expected.get(batch.state[b].join())!.sort());
      for (let t = batch.offset[b]; t < batch.offset[b + 1]; t++) passed[batch.stateRow[t + b]]++;
    }
    expect([...parents.multiplicity.slice(0, visited)]).toEqual(passed);
    expect(passed[0]).toBe(trajectories);
  }
});
