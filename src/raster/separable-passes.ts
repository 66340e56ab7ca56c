import type { AxisKernel } from './axis-kernel.ts';
import type { NativeArray } from './native-type.ts';

// Indices are in range by construction, hence `as number` in this file: a `?? 0` in these loops costs nearly half of
// the speed.

/** A row of source pixels; `offset` is where the source's pixel 0 would stand in `data`. */
export interface SourceRow<Data extends NativeArray = NativeArray> {
  readonly data: Data;
  readonly offset: number;
}

/**
 * Weighted sums along a row: out[i] = sum of weights * pixels from first[i] on, ascending, in float64. The usual numbers
 * of taps are written out: that is several times as fast, and the order of the sums is the same.
 */
export function filterRow(kernel: AxisKernel, { data: row, offset }: SourceRow, out: Float64Array): void {
  const { length, first, weights: w, maxTaps } = kernel;
  if (maxTaps === 2) {
    for (let i = 0, k = 0; i < length; i++, k += 2) {
      const p = (first[i] as number) + offset;
      out[i] = (w[k] as number) * (row[p] as number) + (w[k + 1] as number) * (row[p + 1] as number);
    }
  } else if (maxTaps === 3) {
    for (let i = 0, k = 0; i < length; i++, k += 3) {
      const p = (first[i] as number) + offset;
      out[i] =
        (w[k] as number) * (row[p] as number) +
        (w[k + 1] as number) * (row[p + 1] as number) +
        (w[k + 2] as number) * (row[p + 2] as number);
    }
  } else if (maxTaps === 4) {
    for (let i = 0, k = 0; i < length; i++, k += 4) {
      const p = (first[i] as number) + offset;
      out[i] =
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
      out[i] = sum;
    }
  }
}

/** Along a row, the absolute weight of the pixels whose mask is 0. */
export function missingWeight(kernel: AxisKernel, mask: SourceRow<Uint8Array>, out: Float64Array): void {
  const { length, first, weights, maxTaps } = kernel;
  for (let i = 0; i < length; i++) {
    const p = (first[i] as number) + mask.offset;
    let sum = 0;
    for (let k = 0; k < maxTaps; k++) {
      if (mask.data[p + k] === 0) sum += Math.abs(weights[i * maxTaps + k] as number);
    }
    out[i] = sum;
  }
}

/** sums[i] = sum of weights[k] * rows[k][i], k ascending, for `length` samples. */
export function combineRows(
  sums: Float64Array,
  rows: readonly Float64Array[],
  weights: readonly number[],
  length: number,
): void {
  const [a = sums, b = sums, c = sums, d = sums] = rows;
  const [wa = 0, wb = 0, wc = 0, wd = 0] = weights;
  if (rows.length === 2) {
    for (let i = 0; i < length; i++) sums[i] = wa * (a[i] as number) + wb * (b[i] as number);
  } else if (rows.length === 3) {
    for (let i = 0; i < length; i++) {
      sums[i] = wa * (a[i] as number) + wb * (b[i] as number) + wc * (c[i] as number);
    }
  } else if (rows.length === 4) {
    for (let i = 0; i < length; i++) {
      sums[i] = wa * (a[i] as number) + wb * (b[i] as number) + wc * (c[i] as number) + wd * (d[i] as number);
    }
  } else {
    for (let i = 0; i < length; i++) sums[i] = wa * (a[i] as number);
    rows.slice(1).forEach((row, k) => {
      const weight = weights[k + 1] ?? 0;
      for (let i = 0; i < length; i++) sums[i] = (sums[i] as number) + weight * (row[i] as number);
    });
  }
}
