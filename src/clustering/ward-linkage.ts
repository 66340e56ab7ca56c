import { pairCount, rowBase } from './squared-distances.ts';

/**
 * The tree of an agglomerative clustering of `count` chips, as SciPy's linkage matrix: merge m joins the clusters
 * `left[m]` < `right[m]` (a number below `count` is a chip, `count + q` the result of merge q) at `height[m]`, ascending.
 * Heights are Ward's: height^2 / 2 is the growth of the sum of squared distances to the clusters' means.
 */
export interface Dendrogram {
  readonly count: number;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly height: Float64Array;
}

/**
 * Ward's clustering, exact, by the nearest-neighbour chain (Benzecri 1982; Murtagh 1983) with the Lance-Williams update on
 * squared distances. Consumes `distances` (condensed, of `squaredDistances`): it is overwritten, and is all the memory
 * there is beside a few numbers a chip. About 3 count^2 reads. Deterministic: of equal neighbours the chain's last wins,
 * then the lowest number.
 */
export function wardLinkage(distances: Float32Array, count: number): Dendrogram {
  if (distances.length !== pairCount(count)) throw new RangeError(`no condensed matrix of ${count} chips`);
  return inOrder(mergeAll(new Chain(distances, count), count), count);
}

/** Merges in the order the chain found them; clusters are named by the slot that holds them. */
interface RawMerges {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly squared: Float64Array;
}

function mergeAll(chain: Chain, count: number): RawMerges {
  const merges = Math.max(0, count - 1);
  const raw = { a: new Int32Array(merges), b: new Int32Array(merges), squared: new Float64Array(merges) };
  for (let m = 0; m < merges; m += 1) {
    const { a, b, squared } = chain.nextPair();
    raw.a[m] = a;
    raw.b[m] = b;
    raw.squared[m] = squared;
    chain.merge(a, b, squared);
  }
  return raw;
}

/** Slots that hold clusters, and the chain of nearest neighbours. A merged cluster takes the higher of its two slots. */
class Chain {
  readonly #distances: Float32Array;
  readonly #count: number;
  readonly #sizes: Int32Array;
  /** Slots in use, ascending; the first `#live` entries. */
  readonly #slots: Int32Array;
  readonly #chain: Int32Array;
  #live: number;
  #length = 0;

  constructor(distances: Float32Array, count: number) {
    this.#distances = distances;
    this.#count = count;
    this.#live = count;
    this.#sizes = new Int32Array(count).fill(1);
    this.#slots = Int32Array.from({ length: count }, (_, i) => i);
    this.#chain = new Int32Array(count + 1);
  }

  /** Follows nearest neighbours until two clusters are each other's. */
  nextPair(): { a: number; b: number; squared: number } {
    if (this.#length === 0) this.#chain[this.#length++] = this.#slots[0] ?? 0;
    for (;;) {
      const tip = this.#chain[this.#length - 1] ?? 0;
      const before = this.#length > 1 ? (this.#chain[this.#length - 2] ?? 0) : -1;
      const { slot, squared } = this.#nearest(tip, before);
      if (slot === before) {
        this.#length -= 2;
        return { a: Math.min(slot, tip), b: Math.max(slot, tip), squared };
      }
      this.#chain[this.#length++] = slot;
    }
  }

  #nearest(tip: number, before: number): { slot: number; squared: number } {
    const distances = this.#distances;
    const slots = this.#slots;
    let slot = before;
    let squared = before < 0 ? Number.POSITIVE_INFINITY : (distances[this.#pair(tip, before)] as number);
    let s = 0;
    for (; s < this.#live; s += 1) {
      const other = slots[s] as number;
      if (other >= tip) break;
      const value = distances[rowBase(other, this.#count) + tip] as number;
      if (value < squared) [squared, slot] = [value, other];
    }
    const base = rowBase(tip, this.#count);
    for (s += 1; s < this.#live; s += 1) {
      const other = slots[s] as number;
      const value = distances[base + other] as number;
      if (value < squared) [squared, slot] = [value, other];
    }
    return { slot, squared };
  }

  #pair(i: number, j: number): number {
    return i < j ? rowBase(i, this.#count) + j : rowBase(j, this.#count) + i;
  }

  /** Lance-Williams for Ward: d(ab, k) = ((a+k) d(a,k) + (b+k) d(b,k) - k d(a,b)) / (a+b+k), sizes for names. */
  merge(a: number, b: number, squared: number): void {
    const distances = this.#distances;
    const [sizeA, sizeB] = [this.#sizes[a] as number, this.#sizes[b] as number];
    let kept = 0;
    for (let s = 0; s < this.#live; s += 1) {
      const k = this.#slots[s] as number;
      if (k === a) continue;
      this.#slots[kept++] = k;
      if (k === b) continue;
      const size = this.#sizes[k] as number;
      const toB = this.#pair(b, k);
      const sum =
        (sizeA + size) * (distances[this.#pair(a, k)] as number) +
        (sizeB + size) * (distances[toB] as number) -
        size * squared;
      distances[toB] = Math.max(0, sum / (sizeA + sizeB + size));
    }
    this.#live = kept;
    this.#sizes[b] = sizeA + sizeB;
  }
}

/** Sorts merges by height (equal ones stay in order) and names clusters by the merge that made them. */
function inOrder({ a, b, squared }: RawMerges, count: number): Dendrogram {
  const order = Int32Array.from(squared.keys()).sort(
    (p, q) => (squared[p] as number) - (squared[q] as number) || p - q,
  );
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const name = Int32Array.from(parent);
  const find = (slot: number): number => {
    let root = slot;
    while (parent[root] !== root) root = parent[root] as number;
    for (let at = slot; at !== root;) {
      const up = parent[at] as number;
      parent[at] = root;
      at = up;
    }
    return root;
  };
  const left = new Int32Array(order.length);
  const right = new Int32Array(order.length);
  order.forEach((m, position) => {
    const [p, q] = [find(a[m] as number), find(b[m] as number)];
    const [one, two] = [name[p] as number, name[q] as number];
    left[position] = Math.min(one, two);
    right[position] = Math.max(one, two);
    parent[p] = q;
    name[q] = count + position;
  });
  return { count, left, right, height: Float64Array.from(order, (m) => Math.sqrt(squared[m] as number)) };
}
