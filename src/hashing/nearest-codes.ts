/** A code that was found: its number, and in how many bits it differs. */
export interface NearCode {
  readonly number: number;
  readonly distance: number;
}

/**
 * Collects the `most` nearest codes from offers in ascending order of their numbers; of equally near ones the lower
 * number stays. Exact, in memory of a few times `most`.
 */
export class NearestCodes {
  readonly #most: number;
  readonly #accept: (number: number) => boolean;
  /** How many are kept at each distance. */
  readonly #counts: Int32Array;
  #kept: NearCode[] = [];
  #limit: number;

  /** `accept` filters by the code's number (a bucket, say); codes farther than `maxDistance` are left out. */
  constructor(most: number, maxDistance: number, accept: (number: number) => boolean = () => true) {
    this.#most = most;
    this.#limit = most > 0 ? maxDistance : -1;
    this.#accept = accept;
    this.#counts = new Int32Array(maxDistance + 1);
  }

  /** Offers at a greater distance cannot get in any more; below 0 nothing can. */
  get limit(): number {
    return this.#limit;
  }

  offer(number: number, distance: number): void {
    if (distance > this.#limit || !this.#accept(number)) return;
    this.#kept.push({ number, distance });
    this.#counts[distance] = (this.#counts[distance] as number) + 1;
    if (this.#kept.length >= this.#most) this.#tighten();
  }

  /** Nearest first; equally near ones by number. */
  result(): NearCode[] {
    return [...this.#kept]
      .sort((a, b) => a.distance - b.distance || a.number - b.number)
      .slice(0, this.#most);
  }

  /** Once enough are as near as d, only nearer ones can still displace something. */
  #tighten(): void {
    let nearer = 0;
    for (let d = 0; d <= this.#limit; d += 1) {
      nearer += this.#counts[d] as number;
      if (nearer < this.#most) continue;
      this.#limit = d - 1;
      if (this.#kept.length > 4 * this.#most) this.#kept = this.#kept.filter(({ distance }) => distance <= d);
      return;
    }
  }
}
