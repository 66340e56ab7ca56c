/** What is known of an object from its pixels; adds up over its pieces, in any order, to the same numbers. */
export interface ObjectSums {
  value: number;
  pixels: number;
  /** Stored confidence, summed up. */
  confidence: number;
  /** Pixels in seam zones. */
  seam: number;
  /** First pixel in reading order. */
  firstX: number;
  firstY: number;
  /** Sums modulo 2 ** 32 of two hashes of the object's runs of pixels: which pixels they are, in one number. */
  hashA: number;
  hashB: number;
  /** Pixels of each bucket; null where there is one bucket only (`bucket`), or none. */
  buckets: Map<number, number> | null;
  /** -1: none. */
  bucket: number;
}

export const emptySums = (value: number): ObjectSums => ({
  value,
  pixels: 0,
  confidence: 0,
  seam: 0,
  firstX: 0,
  firstY: Number.MAX_SAFE_INTEGER,
  hashA: 0,
  hashB: 0,
  buckets: null,
  bucket: -1,
});

/** Adds `from` to `into`. */
export function addSums(into: ObjectSums, from: ObjectSums): void {
  addBuckets(into, from);
  into.pixels += from.pixels;
  into.confidence += from.confidence;
  into.seam += from.seam;
  if (from.firstY < into.firstY || (from.firstY === into.firstY && from.firstX < into.firstX)) {
    into.firstX = from.firstX;
    into.firstY = from.firstY;
  }
  into.hashA = (into.hashA + from.hashA) | 0;
  into.hashB = (into.hashB + from.hashB) | 0;
}

function addBuckets(into: ObjectSums, from: ObjectSums): void {
  if (from.buckets !== null) for (const [bucket, pixels] of from.buckets) addBucket(into, bucket, pixels);
  else if (from.pixels > 0) addBucket(into, from.bucket, from.pixels);
}

/** Counts pixels of a bucket (-1: of none); `into.pixels` must not count them yet. */
export function addBucket(into: ObjectSums, bucket: number, pixels: number): void {
  if (into.buckets === null) {
    if (into.pixels === 0) into.bucket = bucket;
    if (into.bucket === bucket) return;
    into.buckets = new Map([[into.bucket, into.pixels]]);
  }
  into.buckets.set(bucket, (into.buckets.get(bucket) ?? 0) + pixels);
}

/** The bucket of most pixels, the lowest of several; -1: none. */
export function mainBucket({ bucket, buckets }: ObjectSums): number {
  if (buckets === null) return bucket;
  let [best, most] = [-1, 0];
  for (const [one, pixels] of buckets)
    if (pixels > most || (pixels === most && one < best)) [best, most] = [one, pixels];
  return best;
}

const mix = (seed: number, value: number): number => {
  let h = Math.imul(seed ^ value, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return h ^ (h >>> 13);
};

/** Two independent 32-bit hashes of a run of pixels. */
export const runHashA = (y: number, start: number, end: number): number =>
  mix(mix(mix(0x2545f491, y), start), end);
export const runHashB = (y: number, start: number, end: number): number =>
  mix(mix(mix(0x1b873593, end), y), start);
