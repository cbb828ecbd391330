import * as activation from './derivative/activation.ts';
import type { DerivativeRule } from './derivative/derivative-context.ts';
import * as elementwise from './derivative/elementwise.ts';
import * as indexing from './derivative/indexing.ts';
import * as layout from './derivative/layout.ts';
import * as matrix from './derivative/matrix.ts';
import * as normalization from './derivative/normalization.ts';
import * as reduction from './derivative/reduction.ts';
import * as elementwiseShape from './shape/elementwise.ts';
import * as indexingShape from './shape/indexing.ts';
import * as layoutShape from './shape/layout.ts';
import * as matrixShape from './shape/matrix.ts';
import * as normalizationShape from './shape/normalization.ts';
import * as reductionShape from './shape/reduction.ts';
import type { ShapeRule } from './shape/shape-context.ts';

/** What this package knows of an ONNX operator. Its kernel for the TypeScript path is in `src/model`. */
export interface Operator {
  readonly shape: ShapeRule;
  /** null: it has none, and may not lie between a parameter and an output. */
  readonly derivative: DerivativeRule | null;
  /** Whether its result is cheaper to compute again than to keep for the gradient. */
  readonly cheap: boolean;
}

function operator(shape: ShapeRule, derivative: DerivativeRule | null, cost?: 'cheap'): Operator {
  return { shape, derivative, cheap: cost === 'cheap' };
}

const { unary, variadic, arithmetic, comparison } = elementwiseShape;

/** Every operator that a graph may hold, by its ONNX name (default domain, opset 20). A new one is a row here. */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['Abs', operator(unary, elementwise.abs, 'cheap')],
  [
    'Add',
    operator(
      arithmetic((a, b) => a + b),
      elementwise.add,
      'cheap',
    ),
  ],
  ['And', operator(comparison, null, 'cheap')],
  ['Cast', operator(elementwiseShape.cast, elementwise.cast, 'cheap')],
  ['Clip', operator(unary, null, 'cheap')],
  ['Concat', operator(layoutShape.concat, layout.concat)],
  ['Constant', operator(layoutShape.constant, null, 'cheap')],
  ['ConstantOfShape', operator(layoutShape.constantOfShape, elementwise.flat, 'cheap')],
  [
    'Div',
    operator(
      arithmetic((a, b) => Math.trunc(a / b)),
      elementwise.div,
    ),
  ],
  ['Elu', operator(unary, activation.elu)],
  ['Equal', operator(comparison, elementwise.flat, 'cheap')],
  ['Erf', operator(unary, elementwise.erf)],
  ['Exp', operator(unary, elementwise.exp)],
  ['Expand', operator(layoutShape.expand, layout.expand, 'cheap')],
  ['Gather', operator(indexingShape.gather, indexing.gather)],
  ['GatherElements', operator(indexingShape.gatherElements, indexing.gatherElements)],
  ['Gelu', operator(unary, activation.gelu)],
  ['Gemm', operator(matrixShape.gemm, matrix.gemm)],
  ['Greater', operator(comparison, elementwise.flat, 'cheap')],
  ['GreaterOrEqual', operator(comparison, elementwise.flat, 'cheap')],
  ['HardSigmoid', operator(unary, null, 'cheap')],
  ['Identity', operator(elementwiseShape.identity, elementwise.identity, 'cheap')],
  ['LayerNormalization', operator(normalizationShape.layerNormalization, normalization.layerNormalization)],
  ['LeakyRelu', operator(unary, activation.leakyRelu, 'cheap')],
  ['Less', operator(comparison, elementwise.flat, 'cheap')],
  ['LessOrEqual', operator(comparison, elementwise.flat, 'cheap')],
  ['Log', operator(unary, elementwise.log)],
  ['LogSoftmax', operator(normalizationShape.softmax, normalization.logSoftmax)],
  ['MatMul', operator(matrixShape.matMul, matrix.matMul)],
  ['Max', operator(variadic, null, 'cheap')],
  ['Min', operator(variadic, null, 'cheap')],
  [
    'Mul',
    operator(
      arithmetic((a, b) => a * b),
      elementwise.mul,
      'cheap',
    ),
  ],
  ['Neg', operator(unary, elementwise.neg, 'cheap')],
  ['Not', operator(unary, null, 'cheap')],
  ['Or', operator(comparison, null, 'cheap')],
  ['Pow', operator(elementwiseShape.power, elementwise.pow)],
  ['Reciprocal', operator(unary, elementwise.reciprocal)],
  ['ReduceMax', operator(reductionShape.reduce, null)],
  ['ReduceMean', operator(reductionShape.reduce, reduction.reduceMean)],
  ['ReduceSum', operator(reductionShape.reduce, reduction.reduceSum)],
  ['Relu', operator(unary, activation.relu, 'cheap')],
  ['Reshape', operator(layoutShape.reshape, layout.view, 'cheap')],
  ['ScatterElements', operator(indexingShape.scatter, null)],
  ['ScatterND', operator(indexingShape.scatter, null)],
  ['Shape', operator(layoutShape.shapeOf, elementwise.flat, 'cheap')],
  ['Sigmoid', operator(unary, activation.sigmoid)],
  ['Sign', operator(unary, elementwise.flat, 'cheap')],
  ['Slice', operator(indexingShape.slice, indexing.slice, 'cheap')],
  ['Softmax', operator(normalizationShape.softmax, normalization.softmax)],
  ['Softplus', operator(unary, activation.softplus)],
  ['Split', operator(layoutShape.split, layout.split)],
  ['Sqrt', operator(unary, elementwise.sqrt)],
  ['Squeeze', operator(layoutShape.squeeze, layout.view, 'cheap')],
  [
    'Sub',
    operator(
      arithmetic((a, b) => a - b),
      elementwise.sub,
      'cheap',
    ),
  ],
  ['Sum', operator(variadic, elementwise.sum, 'cheap')],
  ['Tanh', operator(unary, activation.tanh)],
  ['Transpose', operator(layoutShape.transpose, layout.transpose, 'cheap')],
  ['Unsqueeze', operator(layoutShape.unsqueeze, layout.view, 'cheap')],
  ['Where', operator(elementwiseShape.where, elementwise.where, 'cheap')],
]);
