import { NO_CATEGORY, type Categories } from './categories.ts';

/** Row-major (label, prediction) counts over the categories. */
export type Confusion = Float64Array;

export const emptyConfusion = (categories: Categories): Confusion =>
  new Float64Array(categories.all.length * categories.all.length);

export interface PixelCounts {
  labelled: number;
  /** Labelled pixels for which the map says nothing (no data, or a value that is no class); not scored. */
  labelledUnmapped: number;
  mapped: number;
}

/** A run of pixels of one row: values [from, to) of equally long label and map rows. */
export interface PixelRun {
  readonly labels: Uint8Array;
  readonly map: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Counts the pixels of a run that carry a label and a prediction into `confusion`; all kinds into `counts`. */
export function countPixels(
  confusion: Confusion,
  counts: PixelCounts,
  run: PixelRun,
  categories: Categories,
): void {
  const { labels, map, from, to } = run;
  const { indexOf } = categories;
  const size = categories.all.length;
  for (let i = from; i < to; i += 1) {
    const label = indexOf[labels[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    const given = indexOf[map[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    if (given !== NO_CATEGORY) counts.mapped += 1;
    if (label === NO_CATEGORY) continue;
    counts.labelled += 1;
    if (given === NO_CATEGORY) counts.labelledUnmapped += 1;
    else confusion[label * size + given] = (confusion[label * size + given] ?? 0) + 1;
  }
}

export interface HitCounts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** One category's hits against all others. */
export function hitsOf(confusion: Confusion, category: number): HitCounts {
  const size = Math.sqrt(confusion.length);
  const at = (label: number, given: number) => confusion[label * size + given] ?? 0;
  let falsePositive = 0;
  let falseNegative = 0;
  for (let other = 0; other < size; other += 1) {
    if (other === category) continue;
    falsePositive += at(other, category);
    falseNegative += at(category, other);
  }
  return { truePositive: at(category, category), falsePositive, falseNegative };
}

/** Share of pixels on the diagonal; null where nothing was counted. */
export function accuracyOf(confusion: Confusion): number | null {
  const size = Math.sqrt(confusion.length);
  let right = 0;
  let all = 0;
  confusion.forEach((count, i) => {
    all += count;
    if (i % (size + 1) === 0) right += count;
  });
  return ratio(right, all);
}

/** null where the denominator is zero: nothing to judge is not a zero. */
export const ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
