import type { Kernel, NodeContext } from './node-context.ts';
import { copyShape, type ElementArray, type Slot } from './slot.ts';
import { broadcastShape, StridedLoop } from './strided-loop.ts';

/** y[yOffset + i] = f(a[aOffset + i·aStride], b[bOffset + i·bStride]) for i < n; strides are 0 or 1. */
export type BinaryLoop<A extends ElementArray, B extends ElementArray, Y extends ElementArray> = (
  a: A,
  aOffset: number,
  aStride: number,
  b: B,
  bOffset: number,
  bStride: number,
  y: Y,
  yOffset: number,
  n: number,
) => void;

/** y = f(a, b), broadcast to the shape that y already has. */
export function combine<A extends ElementArray, B extends ElementArray, Y extends ElementArray>(
  strided: StridedLoop,
  loop: BinaryLoop<A, B, Y>,
  a: Slot<A>,
  b: Slot<B>,
  y: Slot<Y>,
): void {
  strided.begin(y.shape);
  strided.broadcast(0, a.shape);
  strided.broadcast(1, b.shape);
  strided.broadcast(2, y.shape);
  strided.start();
  const { offset, stride } = strided;
  while (strided.next()) {
    loop(a.data, offset[0], stride[0], b.data, offset[1], stride[1], y.data, offset[2], strided.length);
  }
}

/** Gives y the shape that the inputs broadcast to, and memory for it. */
export function broadcast(context: NodeContext, y: Slot, inputs: readonly Slot[]): void {
  copyShape(y.shape, inputs[0].shape);
  for (let input = 1; input < inputs.length; input++) {
    if (!broadcastShape(y.shape, inputs[input].shape)) {
      throw context.failure(
        `shapes ${inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')} do not broadcast`,
      );
    }
  }
  y.allocate();
}

/** The kernel of an operator of two inputs. */
export function pair<A extends ElementArray, B extends ElementArray, Y extends ElementArray>(
  context: NodeContext,
  loop: BinaryLoop<A, B, Y>,
  a: Slot<A>,
  b: Slot<B>,
  y: Slot<Y>,
): Kernel {
  const strided = new StridedLoop(3);
  const inputs = [a, b];
  return () => {
    broadcast(context, y, inputs);
    combine(strided, loop, a, b, y);
  };
}
