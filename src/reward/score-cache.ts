/** Scores by object; the least recently used are forgotten first. */
export class ScoreCache {
  private readonly scores = new Map<string, number>();

  constructor(private readonly capacity: number) {}

  get(object: string): number | undefined {
    const score = this.scores.get(object);
    if (score === undefined) return undefined;
    this.scores.delete(object);
    this.scores.set(object, score);
    return score;
  }

  set(object: string, score: number): void {
    this.scores.delete(object);
    this.scores.set(object, score);
    if (this.scores.size <= this.capacity) return;
    for (const oldest of this.scores.keys()) {
      this.scores.delete(oldest);
      break;
    }
  }
}
