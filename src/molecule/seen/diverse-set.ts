/**
 * Fingerprints no two of which are similar: a new one joins if its Tanimoto similarity |a ∩ b| / |a ∪ b| to each that is
 * there is below a threshold.
 *
 * Two that are as similar as the threshold t share at least t·|a| bits, so that among the |a| − ⌈t·|a|⌉ + 1 rarest bits
 * of the one and of the other, in one order of all bits, there is a bit of both (prefix filtering; Bayardo et al. 2007,
 * "Scaling up all pairs similarity search"). The first such bit also bounds how many bits there can be in common (Xiao et al. 2008, "Efficient
 * similarity joins for near duplicate detection"). Only pairs that pass both are compared: exact, with a few comparisons
 * where a scan makes thousands.
 */
export class DiverseSet {
  /** [members] Bits of each, rarest first. */
  private readonly members: Uint16Array[] = [];
  /** [bits] Members that have it among their rarest, each followed by the bit's place there. */
  private holders: number[][];
  /** [bits] Place in the order that the members' bits were sorted by, rarest first. */
  private rank: Uint32Array;
  /** Members from which on the order is made anew. */
  private nextOrder = 16;
  /** [bits] Those of the fingerprint that is compared. */
  private readonly marked: Uint8Array;
  /** [members] The last fingerprint that each was compared with. */
  private readonly comparedWith: number[] = [];
  private asked = 0;

  /** `bits`: length of a fingerprint, up to 65,536. */
  constructor(
    private readonly bits: number,
    private readonly threshold: number,
  ) {
    this.holders = Array.from({ length: bits }, () => []);
    this.rank = Uint32Array.from({ length: bits }, (_, bit) => bit);
    this.marked = new Uint8Array(bits);
  }

  get size(): number {
    return this.members.length;
  }

  /** Adds a fingerprint, eight bits a byte, unless a similar one is there; whether it did. */
  add(fingerprint: Uint8Array): boolean {
    const bits = bitsOf(fingerprint);
    this.sort(bits);
    if (this.hasSimilar(bits)) return false;
    this.hold(bits, this.members.length);
    this.members.push(bits);
    this.comparedWith.push(-1);
    if (this.size === this.nextOrder) this.order();
    return true;
  }

  private hasSimilar(bits: Uint16Array): boolean {
    const { marked } = this;
    const question = this.asked++;
    for (const bit of bits) marked[bit] = 1;
    const found = this.rarest(bits).some((bit, place) => this.hasSimilarWith(bits.length, bit, place, question));
    for (const bit of bits) marked[bit] = 0;
    return found;
  }

  /** Whether a similar member's first common bit with the `count` marked ones is this one, at this place of them. */
  private hasSimilarWith(count: number, bit: number, place: number, question: number): boolean {
    const { comparedWith, members, threshold } = this;
    const holders = this.holders[bit];
    for (let i = 0; i < holders.length; i += 2) {
      const member = holders[i];
      if (comparedWith[member] === question) continue;
      comparedWith[member] = question;
      const { length } = members[member];
      const most = Math.min(count - place, length - holders[i + 1]); // bits in common
      if (most / (count + length - most) < threshold) continue;
      if (this.isSimilar(member, count)) return true;
    }
    return false;
  }

  /** Those of sorted bits of which another fingerprint has one, if it is similar. */
  private rarest(bits: Uint16Array): Uint16Array {
    const shared = Math.ceil(this.threshold * bits.length - 1e-9);
    return bits.subarray(0, Math.max(bits.length - shared + 1, 0));
  }

  private hold(bits: Uint16Array, member: number): void {
    this.rarest(bits).forEach((bit, place) => this.holders[bit].push(member, place));
  }

  private sort(bits: Uint16Array): void {
    const { rank } = this;
    bits.sort((a, b) => rank[a] - rank[b]);
  }

  /** Orders the bits by how many members have each, until there are twice as many members. */
  private order(): void {
    const counts = new Uint32Array(this.bits);
    for (const bits of this.members) for (const bit of bits) counts[bit]++;
    const order = Array.from(counts.keys()).sort((a, b) => counts[a] - counts[b] || a - b);
    order.forEach((bit, place) => (this.rank[bit] = place));
    this.holders = Array.from({ length: this.bits }, () => []);
    this.members.forEach((bits, member) => {
      this.sort(bits);
      this.hold(bits, member);
    });
    this.nextOrder = 2 * this.size;
  }

  /** Whether a member is, to the fingerprint whose `count` bits are marked; gives up when too many bits are missing. */
  private isSimilar(member: number, count: number): boolean {
    const { threshold, marked } = this;
    const bits = this.members[member];
    const needed = (threshold / (1 + threshold)) * (count + bits.length) - 1e-9;
    let common = 0;
    for (let i = 0; i < bits.length && common + bits.length - i >= needed; i++) common += marked[bits[i]];
    return common / (bits.length + count - common) >= threshold;
  }
}

/** Numbers of the bits that are set. */
function bitsOf(fingerprint: Uint8Array): Uint16Array {
  const bits: number[] = [];
  fingerprint.forEach((byte, at) => {
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) bits.push(8 * at + bit);
  });
  return Uint16Array.from(bits);
}
