import { describeNode, intAttribute } from '../attributes.ts';
import type { Dimension, TensorType } from '../graph.ts';
import { typeOfNumber } from '../tensor.ts';
import { broadcastShapes } from './dimensions.ts';
import type { InferredValue, ShapeContext, ShapeRule } from './shape-context.ts';

/** One input, same type and shape: activations and other unary functions. */
export const unary: ShapeRule = (context) => [{ type: context.input(0).type, shape: context.input(0).shape }];

export const identity: ShapeRule = (context) => [context.input(0)];

function broadcastAll(context: ShapeContext, type: TensorType): InferredValue {
  context.input(0); // there must be one
  const inputs = context.inputs.map((_, index) => context.input(index));
  return {
    type,
    shape: broadcastShapes(
      context,
      inputs.map((input) => input.shape),
    ),
  };
}

function requireSameType(context: ShapeContext, first: number): TensorType {
  const types = context.inputs.slice(first).map((_, index) => context.input(first + index).type);
  if (types.some((type) => type !== types[0])) context.fail(`inputs of different types ${types.join(', ')}`);
  return context.input(first).type;
}

/** Any number of inputs of one type, broadcast. */
export const variadic: ShapeRule = (context) => [broadcastAll(context, requireSameType(context, 0))];

type Arithmetic = (a: number, b: number) => number;

function foldIntegers(context: ShapeContext, arithmetic: Arithmetic): readonly Dimension[] | undefined {
  const a = context.input(0).integers;
  const b = context.input(1).integers;
  if (a === undefined || b === undefined) return undefined;
  if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
  const result: number[] = [];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const left = a[a.length === 1 ? 0 : index];
    const right = b[b.length === 1 ? 0 : index];
    if (typeof left !== 'number' || typeof right !== 'number') return undefined;
    result.push(arithmetic(left, right));
  }
  return result;
}

/** Two inputs of one type, broadcast; on small integers the result is known before the run. */
export function arithmetic(operation: Arithmetic): ShapeRule {
  return (context) => {
    const value = broadcastAll(context, requireSameType(context, 0));
    const integers = foldIntegers(context, operation);
    return [integers === undefined ? value : { ...value, integers }];
  };
}

/** The exponent of Pow may have a type of its own. */
export const power: ShapeRule = (context) => [broadcastAll(context, context.input(0).type)];

export const comparison: ShapeRule = (context) => [broadcastAll(context, 'bool')];

export const where: ShapeRule = (context) => [broadcastAll(context, requireSameType(context, 1))];

export const cast: ShapeRule = (context) => {
  const type = typeOfNumber(intAttribute(context.node, 'to'), describeNode(context.node));
  const { shape, integers } = context.input(0);
  const whole = type === 'int64' || type === 'int32';
  return [whole && integers !== undefined ? { type, shape, integers } : { type, shape }];
};
