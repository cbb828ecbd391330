import { GfnError } from '../../error.ts';
import { describeNode } from '../attributes.ts';
import type { Dimension, GraphNode, TensorType } from '../graph.ts';

/** What is known of a value before the graph runs. */
export interface InferredValue {
  readonly type: TensorType;
  readonly shape: readonly Dimension[];
  /** The elements of a small integer tensor of rank 0 or 1; one that equals a dimension known at run time is its name. */
  readonly integers?: readonly Dimension[];
}

/** Types and shapes of a node's outputs from those of its inputs. Throws ERR_OPERATOR when they do not fit. */
export type ShapeRule = (context: ShapeContext) => readonly InferredValue[];

/** A node and what is known of its inputs; null for an omitted one. */
export class ShapeContext {
  constructor(
    readonly node: GraphNode,
    readonly inputs: readonly (InferredValue | null)[],
  ) {}

  /** Required input number `index`. */
  input(index: number): InferredValue {
    return this.optional(index) ?? this.fail(`input ${index} is missing`);
  }

  optional(index: number): InferredValue | null {
    return index < this.inputs.length ? this.inputs[index] : null;
  }

  /** The elements of an integer input that must be known before the run, as far as they are numbers. */
  integers(index: number): readonly Dimension[] {
    return this.input(index).integers ?? this.fail(`input ${index} must be known before the graph runs`);
  }

  /** The elements of an integer input that must all be constants. */
  constants(index: number): readonly number[] {
    return this.integers(index).map((entry) =>
      typeof entry === 'number' ? entry : this.fail(`input ${index} must be constant, got ${entry}`),
    );
  }

  /** An axis from −rank to rank − 1 as one from 0. */
  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      this.fail(`axis: expected an integer from ${-rank} to ${rank - 1}, got ${axis}`);
    }
    return axis < 0 ? axis + rank : axis;
  }

  fail(reason: string): never {
    throw new GfnError('ERR_OPERATOR', `${describeNode(this.node)}: ${reason}`);
  }
}
