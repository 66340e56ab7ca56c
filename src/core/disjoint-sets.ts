import { longerArray } from './longer-array.ts';

/** Sets of numbered things that are joined one by one; the smallest number stands for the set (union-find, path halving). */
export class DisjointSets {
  #parent = new Int32Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A new set of one. */
  add(): number {
    const label = this.#count;
    if (label === this.#parent.length) this.#parent = longerArray(this.#parent);
    this.#parent[label] = label;
    this.#count += 1;
    return label;
  }

  rootOf(label: number): number {
    const parent = this.#parent;
    let at = label;
    let up = parent[at] as number;
    while (up !== at) {
      const next = parent[up] as number;
      parent[at] = next;
      at = next;
      up = parent[at] as number;
    }
    return at;
  }

  /** The number that stands for both from now on. */
  join(a: number, b: number): number {
    const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
    const low = Math.min(rootA, rootB);
    this.#parent[Math.max(rootA, rootB)] = low;
    return low;
  }
}
