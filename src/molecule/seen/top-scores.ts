/** The highest of the scores added, at most `capacity`. */
export class TopScores {
  /** Falling. */
  private readonly best: number[] = [];

  constructor(private readonly capacity: number) {}

  add(score: number): void {
    const { best, capacity } = this;
    if (best.length === capacity && score <= best[capacity - 1]) return;
    let low = 0;
    let high = best.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (best[middle] >= score) low = middle + 1;
      else high = middle;
    }
    best.splice(low, 0, score);
    if (best.length > capacity) best.pop();
  }

  /** Mean of the k highest; null while there are fewer. */
  mean(k: number): number | null {
    if (this.best.length < k) return null;
    let sum = 0;
    for (let i = 0; i < k; i++) sum += this.best[i];
    return sum / k;
  }
}
