import type { AxisKernel } from './axis-kernel.ts';
import type { NativeArray } from './native-type.ts';

/**
 * Weighted sums along a row: out[at + i] = sum of weights * row[offset + first[i] + k], k ascending, in float64.
 * `offset` is where the source pixel 0 would stand in `row`. The usual numbers of taps are written out: it is four
 * times as fast, and the order of the sums is the same. (Indices are in range by construction, hence `as number` in this
 * file: a `?? 0` costs nearly half of the speed.)
 */
export function filterRow(
  kernel: AxisKernel,
  row: NativeArray,
  offset: number,
  out: Float64Array,
  at: number,
): void {
  const { length, first, weights: w, maxTaps } = kernel;
  if (maxTaps === 2) {
    for (let i = 0, k = 0; i < length; i++, k += 2) {
      const p = (first[i] as number) + offset;
      out[at + i] = (w[k] as number) * (row[p] as number) + (w[k + 1] as number) * (row[p + 1] as number);
    }
  } else if (maxTaps === 3) {
    for (let i = 0, k = 0; i < length; i++, k += 3) {
      const p = (first[i] as number) + offset;
      out[at + i] =
        (w[k] as number) * (row[p] as number) +
        (w[k + 1] as number) * (row[p + 1] as number) +
        (w[k + 2] as number) * (row[p + 2] as number);
    }
  } else if (maxTaps === 4) {
    for (let i = 0, k = 0; i < length; i++, k += 4) {
      const p = (first[i] as number) + offset;
      out[at + i] =
        (w[k] as number) * (row[p] as number) +
        (w[k + 1] as number) * (row[p + 1] as number) +
        (w[k + 2] as number) * (row[p + 2] as number) +
        (w[k + 3] as number) * (row[p + 3] as number);
    }
  } else {
    for (let i = 0; i < length; i++) {
      const p = (first[i] as number) + offset;
      let sum = 0;
      for (let k = 0; k < maxTaps; k++) sum += (w[i * maxTaps + k] as number) * (row[p + k] as number);
      out[at + i] = sum;
    }
  }
}

/** Along a row, the absolute weight of the pixels whose mask is 0. */
export function missingWeight(
  kernel: AxisKernel,
  mask: Uint8Array,
  offset: number,
  out: Float64Array,
  at: number,
): void {
  const { length, first, weights, maxTaps } = kernel;
  for (let i = 0; i < length; i++) {
    const p = (first[i] as number) + offset;
    let sum = 0;
    for (let k = 0; k < maxTaps; k++)
      if (mask[p + k] === 0) sum += Math.abs(weights[i * maxTaps + k] as number);
    out[at + i] = sum;
  }
}

/** Rows of one buffer, by where they start, and their weights. */
export interface WeightedRows {
  readonly starts: readonly number[];
  readonly weights: readonly number[];
}

/** sums[to + i] = sum of weights[k] * rows[starts[k] + i], k ascending, for `length` samples. */
export function combineRows(
  sums: Float64Array,
  to: number,
  rows: Float64Array,
  taps: WeightedRows,
  length: number,
): void {
  const [a = 0, b = 0, c = 0, d = 0] = taps.starts;
  const [wa = 0, wb = 0, wc = 0, wd = 0] = taps.weights;
  const n = taps.starts.length;
  if (n === 2) {
    for (let i = 0; i < length; i++)
      sums[to + i] = wa * (rows[a + i] as number) + wb * (rows[b + i] as number);
  } else if (n === 3) {
    for (let i = 0; i < length; i++) {
      sums[to + i] =
        wa * (rows[a + i] as number) + wb * (rows[b + i] as number) + wc * (rows[c + i] as number);
    }
  } else if (n === 4) {
    for (let i = 0; i < length; i++) {
      sums[to + i] =
        wa * (rows[a + i] as number) +
        wb * (rows[b + i] as number) +
        wc * (rows[c + i] as number) +
        wd * (rows[d + i] as number);
    }
  } else {
    for (let i = 0; i < length; i++) sums[to + i] = wa * (rows[a + i] as number);
    for (let k = 1; k < n; k++) {
      const [start, weight] = [taps.starts[k] ?? 0, taps.weights[k] ?? 0];
      for (let i = 0; i < length; i++)
        sums[to + i] = (sums[to + i] as number) + weight * (rows[start + i] as number);
    }
  }
}
