import { NO_CATEGORY, type Categories } from './categories.ts';
import { ratio } from './confusion.ts';

/** Right and all scored pixels for each stored confidence 0..255. Exact, and pooled by adding. */
export interface ConfidenceTally {
  readonly all: Float64Array;
  readonly right: Float64Array;
}

export const emptyConfidenceTally = (): ConfidenceTally => ({
  all: new Float64Array(256),
  right: new Float64Array(256),
});

/** Counts pixels that have a label, a class and a confidence (stored 0 is no data). Rows of equal length. */
export function countConfidence(
  tally: ConfidenceTally,
  rows: { readonly labels: Uint8Array; readonly map: Uint8Array; readonly confidence: Uint8Array },
  categories: Categories,
): void {
  const { labels, map, confidence } = rows;
  const { indexOf } = categories;
  for (let i = 0; i < labels.length; i += 1) {
    const stored = confidence[i] ?? 0;
    const label = indexOf[labels[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    const given = indexOf[map[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    if (stored === 0 || label === NO_CATEGORY || given === NO_CATEGORY) continue;
    tally.all[stored] = (tally.all[stored] ?? 0) + 1;
    if (label === given) tally.right[stored] = (tally.right[stored] ?? 0) + 1;
  }
}

export function addConfidenceTallies(tallies: readonly ConfidenceTally[]): ConfidenceTally {
  const sum = emptyConfidenceTally();
  for (const tally of tallies) {
    for (let i = 0; i < 256; i += 1) {
      sum.all[i] = (sum.all[i] ?? 0) + (tally.all[i] ?? 0);
      sum.right[i] = (sum.right[i] ?? 0) + (tally.right[i] ?? 0);
    }
  }
  return sum;
}

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
  /** Means over the bin's pixels; null where it is empty. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

export interface Reliability {
  readonly pixels: number;
  /** Expected calibration error: mean of |accuracy - confidence| over bins, weighted by pixels; 0..1. */
  readonly expectedCalibrationError: number | null;
  readonly meanConfidence: number | null;
  readonly accuracy: number | null;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Equal-width bins (from, to] of the confidence of the given class, as Guo et al., "On Calibration of Modern Neural
 * Networks" (2017), section 2. `scale`: stored value * scale = probability.
 */
export function reliabilityOf(tally: ConfidenceTally, scale: number, binCount: number): Reliability {
  const sums = Array.from({ length: binCount }, () => ({ pixels: 0, confidence: 0, right: 0 }));
  for (let stored = 1; stored < 256; stored += 1) {
    const probability = Math.min(1, stored * scale);
    // A hair's breadth below the edge still belongs to the lower bin: 0.2 * 5 is no reason to change bins.
    const bin = sums[Math.min(binCount - 1, Math.max(0, Math.ceil(probability * binCount - 1e-9) - 1))];
    if (bin === undefined) continue;
    bin.pixels += tally.all[stored] ?? 0;
    bin.confidence += probability * (tally.all[stored] ?? 0);
    bin.right += tally.right[stored] ?? 0;
  }
  const total = sums.reduce((sum, bin) => sum + bin.pixels, 0);
  const gap = sums.reduce((sum, bin) => sum + Math.abs(bin.right - bin.confidence), 0);
  return {
    pixels: total,
    expectedCalibrationError: ratio(gap, total),
    meanConfidence: ratio(
      sums.reduce((sum, bin) => sum + bin.confidence, 0),
      total,
    ),
    accuracy: ratio(
      sums.reduce((sum, bin) => sum + bin.right, 0),
      total,
    ),
    bins: sums.map((bin, i) => ({
      from: i / binCount,
      to: (i + 1) / binCount,
      pixels: bin.pixels,
      confidence: ratio(bin.confidence, bin.pixels),
      accuracy: ratio(bin.right, bin.pixels),
    })),
  };
}
