import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Tensor } from '../../../src/onnx/graph.ts';
import { GraphInterpreter } from '../../../src/model/interpreter/graph-interpreter.ts';
import { caseInputs, caseModel, float, integers, type OperatorCase } from './against-onnxruntime.ts';

function run(each: OperatorCase): Tensor {
  return new GraphInterpreter(caseModel(each)).run(caseInputs(each)).y0;
}

/** All positions of a shape, row-major. */
function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((position) => Array.from({ length: size }, (_, index) => [...position, index])),
    [[]],
  );
}

/** The element of a tensor at a position of a shape that it broadcasts to. */
function at({ shape, data }: Tensor, position: readonly number[]): number {
  let offset = 0;
  shape.forEach((size, axis) => {
    offset = offset * size + (size === 1 ? 0 : position[position.length - shape.length + axis]);
  });
  return Number(data[offset]);
}

/** A shape, and two that broadcast to it: leading axes may be missing, others may be 1. */
const broadcastable = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }).chain((shape) => {
  const reduced = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, missing]) => shape.map((size, axis) => (ones[axis] ? 1 : size)).slice(missing));
  return fc.tuple(reduced, reduced);
});

function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [p, q] = [a, b].map((shape) => shape[axis - rank + shape.length] ?? 1);
    return p === 1 ? q : p;
  });
}

test('Sub broadcasts as the definition says', () => {
  fc.assert(
    fc.property(broadcastable, ([aShape, bShape]) => {
      const [a, b] = [float(aShape, -2, 2, 1), float(bShape, -2, 2, 2)];
      const y = run({ op: 'Sub', inputs: [a, b] });
      const shape = broadcastShape(aShape, bShape);
      expect(y.shape).toEqual(shape);
      const expected = positions(shape).map((position) => Math.fround(at(a, position) - at(b, position)));
      expect([...y.data]).toEqual(expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('Transpose moves every element to its place', () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }).chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
    ),
  );
  fc.assert(
    fc.property(shapes, ([shape, perm]) => {
      const x = float(shape);
      const y = run({ op: 'Transpose', inputs: [x], attributes: { perm } });
      expect(y.shape).toEqual(perm.map((axis) => shape[axis]));
      const expected = positions(y.shape).map((position) => {
        const source: number[] = [];
        perm.forEach((axis, index) => (source[axis] = position[index]));
        return at(x, source);
      });
      expect([...y.data]).toEqual(expected);
    }),
    { seed: 2, numRuns: 300 },
  );
});

/** What ONNX's Slice takes of 0 .. size−1, by walking; unlike in Python, walking back from before 0 begins at 0. */
function walk(size: number, start: number, end: number, step: number): number[] {
  const from = start < 0 ? start + size : start;
  const to = end < 0 ? end + size : end;
  const visited: number[] = [];
  const begin = step > 0 ? Math.max(from, 0) : Math.min(Math.max(from, 0), size - 1);
  const stop = step > 0 ? Math.min(to, size) : Math.max(to, -1);
  for (let index = begin; step > 0 ? index < stop : index > stop; index += step) {
    if (index >= 0 && index < size) visited.push(index);
  }
  return visited;
}

test('Slice takes what walking from start to end meets', () => {
  const bounds = fc.tuple(
    fc.integer({ min: -8, max: 8 }),
    fc.integer({ min: -8, max: 8 }),
    fc.constantFrom(-3, -2, -1, 1, 2, 3),
  );
  const sizes = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }));
  fc.assert(
    fc.property(sizes, bounds, bounds, ([rows, columns], rowBounds, columnBounds) => {
      const x = float([rows, columns]);
      // The second axis first, and counted from the end.
      const parts = [0, 1, 2].map((part) => integers([2], [columnBounds[part], rowBounds[part]]));
      const y = run({ op: 'Slice', inputs: [x, parts[0], parts[1], integers([2], [-1, 0]), parts[2]] });
      const rowIndices = walk(rows, ...rowBounds);
      const columnIndices = walk(columns, ...columnBounds);
      expect(y.shape).toEqual([rowIndices.length, columnIndices.length]);
      expect([...y.data]).toEqual(rowIndices.flatMap((row) => columnIndices.map((column) => at(x, [row, column]))));
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('ReduceSum adds what has the same place on the other axes', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.subarray(
        shape.map((_, axis) => axis),
        { minLength: 1 },
      ),
    ),
  );
  fc.assert(
    fc.property(shapes, ([shape, axes]) => {
      const x = float(shape);
      const y = run({ op: 'ReduceSum', inputs: [x, integers([axes.length], axes)] });
      const sums = new Map<string, number>();
      for (const position of positions(shape)) {
        const place = position.map((index, axis) => (axes.includes(axis) ? 0 : index)).join();
        sums.set(place, (sums.get(place) ?? 0) + at(x, position));
      }
      expect(y.shape).toEqual(shape.map((size, axis) => (axes.includes(axis) ? 1 : size)));
      expect([...y.data]).toEqual([...sums.values()].map(Math.fround));
    }),
    { seed: 4, numRuns: 200 },
  );
});
