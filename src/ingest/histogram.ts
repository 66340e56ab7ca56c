export interface Summary {
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly stddev: number;
}

/** As the raster extension of STAC has it: equal buckets from `min` to `max`. */
export interface Histogram {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: number[];
}

const BUCKETS = 256;

/** Extremes, mean and population standard deviation of finite values; two passes, so that large offsets lose nothing. */
export function summarise(values: Float64Array): Summary {
  let [minimum, maximum, sum] = [Infinity, -Infinity, 0];
  for (const v of values) {
    if (v < minimum) minimum = v;
    if (v > maximum) maximum = v;
    sum += v;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const v of values) squares += (v - mean) ** 2;
  return { minimum, maximum, mean, stddev: Math.sqrt(squares / values.length) };
}

/** 256 buckets; values outside the range are left out, the upper edge belongs to the last bucket. */
export function histogram(values: Float64Array, [min, max]: readonly [number, number]): Histogram {
  const buckets = Array.from<number>({ length: BUCKETS }).fill(0);
  const scale = max > min ? BUCKETS / (max - min) : 0;
  for (const v of values) {
    if (v < min || v > max) continue;
    const i = Math.min(BUCKETS - 1, Math.floor((v - min) * scale));
    buckets[i] = (buckets[i] ?? 0) + 1;
  }
  return { count: BUCKETS, min, max, buckets };
}
