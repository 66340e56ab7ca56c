import type { Embeddings } from './embeddings.ts';

/** Pairs of `count` chips. */
export const pairCount = (count: number): number => (count * (count - 1)) / 2;

/** Where row `i` of a condensed matrix would begin if it had a column 0: the pair (i, j), i < j, is at `rowBase + j`. */
export const rowBase = (i: number, count: number): number => i * count - (i * (i + 1)) / 2 - i - 1;

/** Chips that every other one is compared with in turn: their values stay in the processor's first cache. */
const TILE = 32;

/**
 * Squared Euclidean distances of all pairs, condensed as SciPy's `pdist` orders them: (0,1), (0,2), ..., (1,2), ...; 4 bytes
 * a pair, and nothing else in memory. Summed in double precision, rounded to float32; identical chips are exactly 0 apart.
 */
export function squaredDistances({ count, dims, data }: Embeddings): Float32Array {
  const out = new Float32Array(pairCount(count));
  for (let block = 0; block < count; block += TILE) {
    const end = Math.min(block + TILE, count);
    for (let i = 0; i < end; i += 1) {
      let j = Math.max(block, i + 1);
      const at = rowBase(i, count);
      for (; j + 3 < end; j += 4) fourDistances(data, { i, j, dims }, out, at + j);
      for (; j < end; j += 1) out[at + j] = squaredDistance(data, i * dims, data, { at: j * dims, dims });
    }
  }
  return out;
}

/** Distances of chip i to four chips from j on: each value of chip i is fetched once for four sums. */
function fourDistances(
  data: Float32Array,
  { i, j, dims }: { i: number; j: number; dims: number },
  out: Float32Array,
  at: number,
): void {
  const [a, b0] = [i * dims, j * dims];
  const [b1, b2, b3] = [b0 + dims, b0 + 2 * dims, b0 + 3 * dims];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let k = 0; k < dims; k += 1) {
    const x = data[a + k] as number;
    const d0 = x - (data[b0 + k] as number);
    const d1 = x - (data[b1 + k] as number);
    const d2 = x - (data[b2 + k] as number);
    const d3 = x - (data[b3 + k] as number);
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  out[at] = s0;
  out[at + 1] = s1;
  out[at + 2] = s2;
  out[at + 3] = s3;
}

/** Squared Euclidean distance of the vector at `from` in `a` and the one at `b.at` in `other`. */
export function squaredDistance(
  a: ArrayLike<number>,
  from: number,
  other: ArrayLike<number>,
  b: { readonly at: number; readonly dims: number },
): number {
  let sum = 0;
  for (let k = 0; k < b.dims; k += 1) {
    const difference = (a[from + k] as number) - (other[b.at + k] as number);
    sum += difference * difference;
  }
  return sum;
}
