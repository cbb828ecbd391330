/** The reward of a model that was trained with one of its user's, which is not at hand: objects come without rewards. */
export class UnknownReward {
  constructor(private readonly stateSize: number) {}

  /** NaN for each of the terminal states ([N × stateSize]). */
  score(terminalStates: Int32Array): Promise<Float64Array> {
    return Promise.resolve(new Float64Array(terminalStates.length / this.stateSize).fill(Number.NaN));
  }
}
