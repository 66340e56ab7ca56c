/**
 * Exact squared Euclidean distance, in pixels squared, from every pixel to the nearest pixel where `feature` is not 0;
 * Infinity everywhere if there is none. Two passes of the lower envelope of parabolas, O(pixels):
 * Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8 (2012), section 2.
 * `feature` is (height, width), row-major.
 */
export function squaredDistances(feature: Uint8Array, width: number, height: number): Float64Array {
  const out = new Float64Array(width * height);
  for (let i = 0; i < out.length; i += 1) out[i] = feature[i] === 0 ? Infinity : 0;
  const scratch = newScratch(Math.max(width, height));
  for (let x = 0; x < width; x += 1) transformLine(out, { start: x, step: width, length: height }, scratch);
  for (let y = 0; y < height; y += 1)
    transformLine(out, { start: y * width, step: 1, length: width }, scratch);
  return out;
}

interface Line {
  readonly start: number;
  readonly step: number;
  readonly length: number;
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

function transformLine(data: Float64Array, line: Line, scratch: Scratch): void {
  const { values, apex, begins } = scratch;
  for (let i = 0; i < line.length; i += 1) values[i] = data[line.start + i * line.step] ?? 0;
  const last = lowerEnvelope(line.length, scratch);
  if (last < 0) return;
  let k = 0;
  for (let i = 0; i < line.length; i += 1) {
    while (k < last && (begins[k + 1] ?? 0) < i) k += 1;
    const q = apex[k] ?? 0;
    data[line.start + i * line.step] = (i - q) * (i - q) + (values[q] ?? 0);
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
