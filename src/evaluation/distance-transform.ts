/**
 * Exact squared Euclidean distance, in pixels squared, from every pixel to the nearest pixel where `feature` is not 0;
 * Infinity everywhere if there is none. O(pixels): distances within columns by two sweeps, then along each row the lower
 * envelope of parabolas: Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", Theory of
 * Computing 8 (2012), sections 2 and 3. `feature` is (height, width), row-major.
 */
export function squaredDistances(feature: Uint8Array, width: number, height: number): Float64Array {
  const out = columnDistances(feature, width, height);
  for (let i = 0; i < out.length; i += 1) out[i] = (out[i] ?? 0) * (out[i] ?? 0);
  const scratch = newScratch(width);
  for (let y = 0; y < height; y += 1) transformRow(out.subarray(y * width, (y + 1) * width), scratch);
  return out;
}

/** Distance to the nearest feature in the same column, row by row so that memory is read in order. */
function columnDistances(feature: Uint8Array, width: number, height: number): Float64Array {
  const out = new Float64Array(width * height);
  for (let i = 0; i < out.length; i += 1) {
    out[i] = feature[i] === 0 ? (i < width ? Infinity : (out[i - width] ?? 0) + 1) : 0;
  }
  for (let i = out.length - width - 1; i >= 0; i -= 1) {
    const below = (out[i + width] ?? 0) + 1;
    if (below < (out[i] ?? 0)) out[i] = below;
  }
  return out;
}

interface Scratch {
  readonly values: Float64Array;
  /** Positions of the parabolas in the lower envelope, and where each begins to be the lowest. */
  readonly apex: Int32Array;
  readonly begins: Float64Array;
}

const newScratch = (length: number): Scratch => ({
  values: new Float64Array(length),
  apex: new Int32Array(length),
  begins: new Float64Array(length + 1),
});

function transformRow(row: Float64Array, scratch: Scratch): void {
  const { values, apex, begins } = scratch;
  values.set(row);
  const last = lowerEnvelope(row.length, scratch);
  if (last < 0) return;
  let k = 0;
  for (let i = 0; i < row.length; i += 1) {
    while (k < last && (begins[k + 1] ?? 0) < i) k += 1;
    const q = apex[k] ?? 0;
    row[i] = (i - q) * (i - q) + (values[q] ?? 0);
  }
}

/** Fills `apex` and `begins`; returns the index of the last parabola, -1 where all values are infinite. */
function lowerEnvelope(length: number, { values, apex, begins }: Scratch): number {
  let k = -1;
  for (let q = 0; q < length; q += 1) {
    const height = values[q] ?? 0;
    if (height === Infinity) continue;
    let meet = -Infinity;
    while (k >= 0) {
      const p = apex[k] ?? 0;
      meet = (height + q * q - ((values[p] ?? 0) + p * p)) / (2 * (q - p));
      if (meet > (begins[k] ?? 0)) break;
      k -= 1;
    }
    k += 1;
    apex[k] = q;
    begins[k] = k === 0 ? -Infinity : meet;
  }
  return k;
}
