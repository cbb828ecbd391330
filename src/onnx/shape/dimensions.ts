import type { Dimension } from '../graph.ts';
import type { ShapeContext } from './shape-context.ts';

export function formatShape(shape: readonly Dimension[]): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: readonly Dimension[], b: readonly Dimension[]): boolean {
  return a.length === b.length && a.every((size, index) => size === b[index]);
}

/** Whether every dimension is a number. */
export function isFixed(shape: readonly Dimension[]): shape is readonly number[] {
  return shape.every((size) => typeof size === 'number');
}

/** The common shape that all of `shapes` broadcast to (ONNX multidirectional broadcasting). */
export function broadcastShapes(
  context: ShapeContext,
  shapes: readonly (readonly Dimension[])[],
): readonly Dimension[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: Dimension[] = new Array<Dimension>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((size, index) => {
      const place = index + rank - shape.length;
      if (size === 1 || size === result[place]) return;
      if (result[place] !== 1) context.fail(`shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`);
      result[place] = size;
    });
  }
  return result;
}

interface Product {
  readonly number: number;
  readonly names: string[];
}

function product(sizes: readonly Dimension[]): Product {
  const factors = sizes.flatMap((size) => String(size).split('*'));
  const numbers = factors.filter((factor) => !Number.isNaN(Number(factor)));
  return {
    number: numbers.reduce((all, factor) => all * Number(factor), 1),
    names: factors.filter((factor) => Number.isNaN(Number(factor))).sort(),
  };
}

/** Π numerator / Π denominator, such as `4*rows`; null when it cannot be told or is not whole. */
export function quotient(numerator: readonly Dimension[], denominator: readonly Dimension[]): Dimension | null {
  const above = product(numerator);
  const below = product(denominator);
  for (const name of below.names) {
    const place = above.names.indexOf(name);
    if (place < 0) return null;
    above.names.splice(place, 1);
  }
  const number = below.number === 0 ? 0 : above.number / below.number;
  if (!Number.isInteger(number)) return null;
  if (above.names.length === 0) return number;
  return number === 1 && above.names.length === 1 ? above.names[0] : [number, ...above.names].join('*');
}
