import { randomInt, seededRandom, type Random } from '../core/random.ts';

export interface BootstrapRule {
  readonly replicates: number;
  readonly seed: number;
  /** Share of replicates inside the interval: 0.95. */
  readonly level: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Sums of the blocks' tallies, one per group, in; scores out, null where a score is not defined. */
export type Statistic = (sums: readonly Float64Array[]) => readonly (number | null)[];

/**
 * Percentile intervals of scores by resampling blocks of ground with replacement, within each group (Efron and
 * Tibshirani 1993, chapter 13). A block's tally is a vector that adds up over blocks; resampling blocks instead of pixels
 * keeps what is near together, together. Deterministic for a seed. A score that is undefined in more than half of the
 * replicates, or that has fewer than two blocks under it, gets null. Cost: replicates x blocks x tally length.
 */
export function bootstrapIntervals(
  groups: readonly (readonly Float64Array[])[],
  statistic: Statistic,
  rule: BootstrapRule,
): (Interval | null)[] {
  const filled = groups.filter((group) => group.length > 0);
  if (filled.reduce((sum, group) => sum + group.length, 0) < 2) {
    return statistic(filled.map(sumTallies)).map(() => null);
  }
  const random = seededRandom(rule.seed);
  const stacked = filled.map(stack);
  const samples: number[][] = [];
  for (let replicate = 0; replicate < rule.replicates; replicate += 1) {
    const sums = stacked.map((group) => drawSum(group, random));
    statistic(sums).forEach((score, i) => {
      const list = (samples[i] ??= []);
      if (score !== null) list.push(score);
    });
  }
  return samples.map((scores) =>
    scores.length * 2 > rule.replicates ? percentiles(scores, rule.level) : null,
  );
}

interface Stack {
  /** (count, fields), the tallies one after another. */
  readonly data: Float64Array;
  readonly count: number;
  readonly fields: number;
}

function stack(group: readonly Float64Array[]): Stack {
  const fields = group[0]?.length ?? 0;
  const data = new Float64Array(group.length * fields);
  group.forEach((tally, i) => data.set(tally, i * fields));
  return { data, count: group.length, fields };
}

/** The sum of as many tallies as there are, drawn with replacement. */
function drawSum({ data, count, fields }: Stack, random: Random): Float64Array {
  const sum = new Float64Array(fields);
  for (let n = 0; n < count; n += 1) {
    const from = randomInt(random, count) * fields;
    for (let i = 0; i < fields; i += 1) sum[i] = (sum[i] ?? 0) + (data[from + i] ?? 0);
  }
  return sum;
}

/** The element-wise sum; empty for no tallies. */
export function sumTallies(tallies: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(tallies[0]?.length ?? 0);
  for (const tally of tallies) {
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] ?? 0) + (tally[i] ?? 0);
  }
  return sum;
}

function percentiles(scores: readonly number[], level: number): Interval {
  const sorted = Float64Array.from(scores).sort();
  const at = (share: number) => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    const low = sorted[below] ?? 0;
    return low + (position - below) * ((sorted[below + 1] ?? low) - low);
  };
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}
