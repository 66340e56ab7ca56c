import { z } from 'zod';
import { randomInt, seededRandom } from '../core/random.ts';

/** `scores.json`, as the trainer writes it: of each model, hits, false hits and misses of each class in each cell of validation ground. */
export const scoreFileSchema = z.object({
  version: z.literal(1),
  models: z.array(
    z.object({
      id: z.string(),
      blocks: z.array(
        z.object({
          scene: z.string(),
          place: z.string(),
          bucket: z.int(),
          counts: z.array(z.tuple([z.number(), z.number(), z.number()])),
        }),
      ),
    }),
  ),
});
export type ScoreFile = z.infer<typeof scoreFileSchema>;
export type ScoreBlock = ScoreFile['models'][number]['blocks'][number];

export interface Interval {
  readonly iou: number;
  readonly low: number;
  readonly high: number;
}

/** Two models on the same ground; `difference` is the second one's IoU less the first one's. */
export interface Comparison {
  readonly first: Interval;
  readonly second: Interval;
  readonly difference: Interval;
  readonly blocks: number;
  readonly places: number;
}

/** What two models see where nothing is: false hits, in pixels, on labelled cells without foreground. */
export interface FalseHits {
  readonly first: number;
  readonly second: number;
  readonly blocks: number;
}

/** Counts the false hits of two models on the same blocks: all there is to judge by where these hold no foreground. Pure. */
export function countFalseHits(first: readonly ScoreBlock[], second: readonly ScoreBlock[]): FalseHits {
  const sum = (blocks: readonly ScoreBlock[]) =>
    blocks.reduce(
      (total, { counts }) => total + counts.reduce((some, [, falseHits]) => some + falseHits, 0),
      0,
    );
  return { first: sum(first), second: sum(second), blocks: first.length };
}

const RESAMPLES = 500;
/** Intervals hold the middle nine tenths of the resamples. */
const TAIL = 0.05;

/**
 * Compares two models on the same blocks of ground by a paired bootstrap: places are drawn with replacement, then blocks
 * inside each (with one place, blocks alone). IoU is of the pooled counts, the mean over classes. Null where the ground
 * holds no class and neither model says so. Pure, by the seed.
 */
export function compareModels(
  first: readonly ScoreBlock[],
  second: readonly ScoreBlock[],
  seed: number,
): Comparison | null {
  if (first.length !== second.length) throw new RangeError('both models are to be scored on the same blocks');
  const counts = [first, second].map((blocks) => blocks.map((block) => block.counts.flat()));
  const names = [...new Set(first.map(({ place }) => place))].sort();
  const rows = [...first.keys()];
  const places = names.map((name) => rows.filter((row) => first[row]?.place === name));
  const score = (chosen: readonly number[]) => counts.map((of) => iouOf(of, chosen));
  const [a, b] = score(rows);
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  const random = seededRandom(seed);
  const samples: [number, number][] = [];
  for (let i = 0; i < RESAMPLES; i += 1) {
    const [x, y] = score(resample(places, (below) => randomInt(random, below)));
    if (typeof x === 'number' && typeof y === 'number') samples.push([x, y]);
  }
  return {
    first: intervalOf(
      a,
      samples.map(([x]) => x),
    ),
    second: intervalOf(
      b,
      samples.map(([, y]) => y),
    ),
    difference: intervalOf(
      b - a,
      samples.map(([x, y]) => y - x),
    ),
    blocks: first.length,
    places: places.length,
  };
}

function resample(places: readonly (readonly number[])[], draw: (below: number) => number): number[] {
  return places.flatMap(() => {
    const blocks = places[draw(places.length)] ?? [];
    return blocks.map(() => blocks[draw(blocks.length)] ?? 0);
  });
}

/** Mean IoU over classes of the summed counts; null where there is no class at all. */
function iouOf(counts: readonly (readonly number[])[], rows: readonly number[]): number | null {
  const sums = new Float64Array(counts[0]?.length ?? 0);
  for (const row of rows) counts[row]?.forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value));
  const ious: number[] = [];
  for (let i = 0; i < sums.length; i += 3) {
    const [hits = 0, falseHits = 0, misses = 0] = sums.subarray(i, i + 3);
    if (hits + falseHits + misses > 0) ious.push(hits / (hits + falseHits + misses));
  }
  return ious.length === 0 ? null : ious.reduce((sum, iou) => sum + iou, 0) / ious.length;
}

function intervalOf(iou: number, samples: readonly number[]): Interval {
  const sorted = [...samples].sort((x, y) => x - y);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? iou;
  return { iou, low: at(TAIL), high: at(1 - TAIL) };
}
