import * as arithmetic from './arithmetic.ts';
import { cast } from './cast.ts';
import * as comparison from './comparison.ts';
import { constant, constantOfShape } from './constant.ts';
import * as indexing from './indexing.ts';
import type { Operator } from './node-context.ts';
import * as normalization from './normalization.ts';
import { gemm, matMul } from './product-operators.ts';
import * as reduction from './reduction.ts';
import * as selection from './selection.ts';
import * as shape from './shape.ts';
import * as unary from './unary.ts';

/** Every operator of the interpreter, by its ONNX name. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['Abs', unary.abs],
  ['Add', arithmetic.add],
  ['And', comparison.and],
  ['Cast', cast],
  ['Clip', unary.clip],
  ['Concat', selection.concat],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Div', arithmetic.div],
  ['Elu', unary.elu],
  ['Equal', comparison.equal],
  ['Erf', unary.erf],
  ['Exp', unary.exp],
  ['Expand', shape.expand],
  ['Gather', indexing.gather],
  ['GatherElements', indexing.gatherElements],
  ['Gelu', unary.gelu],
  ['Gemm', gemm],
  ['Greater', comparison.greater],
  ['GreaterOrEqual', comparison.greaterOrEqual],
  ['HardSigmoid', unary.hardSigmoid],
  ['Identity', shape.identity],
  ['LayerNormalization', normalization.layerNormalization],
  ['LeakyRelu', unary.leakyRelu],
  ['Less', comparison.less],
  ['LessOrEqual', comparison.lessOrEqual],
  ['Log', unary.log],
  ['LogSoftmax', normalization.logSoftmax],
  ['MatMul', matMul],
  ['Max', arithmetic.max],
  ['Min', arithmetic.min],
  ['Mul', arithmetic.mul],
  ['Neg', unary.neg],
  ['Not', unary.not],
  ['Or', comparison.or],
  ['Pow', arithmetic.pow],
  ['Reciprocal', unary.reciprocal],
  ['ReduceMax', reduction.reduceMax],
  ['ReduceMean', reduction.reduceMean],
  ['ReduceSum', reduction.reduceSum],
  ['Relu', unary.relu],
  ['Reshape', shape.reshape],
  ['ScatterElements', indexing.scatterElements],
  ['ScatterND', indexing.scatterNd],
  ['Shape', shape.shape],
  ['Sigmoid', unary.sigmoid],
  ['Sign', unary.sign],
  ['Slice', selection.slice],
  ['Softmax', normalization.softmax],
  ['Softplus', unary.softplus],
  ['Split', selection.split],
  ['Sqrt', unary.sqrt],
  ['Squeeze', shape.squeeze],
  ['Sub', arithmetic.sub],
  ['Sum', arithmetic.sum],
  ['Tanh', unary.tanh],
  ['Transpose', shape.transpose],
  ['Unsqueeze', shape.unsqueeze],
  ['Where', selection.where],
]);
