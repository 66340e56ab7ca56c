import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { bootstrapIntervals } from './bootstrap.ts';

const rule = { replicates: 2000, seed: 1, level: 0.95 };
const share = (sums: readonly Float64Array[]) => [
  (sums[0]?.[1] ?? 0) > 0 ? (sums[0]?.[0] ?? 0) / (sums[0]?.[1] ?? 1) : null,
];

describe('bootstrap', () => {
  it('agrees with the textbook error of a mean', () => {
    const random = seededRandom(9);
    const values = Array.from({ length: 400 }, () => random());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    const [interval] = bootstrapIntervals([values.map((v) => Float64Array.of(v, 1))], share, rule);
    const half = (1.96 * deviation) / Math.sqrt(values.length);
    expect(interval?.low).toBeCloseTo(mean - half, 2);
    expect(interval?.high).toBeCloseTo(mean + half, 2);
  });

  it('covers the truth about as often as it says', () => {
    const random = seededRandom(10);
    let covered = 0;
    for (let trial = 0; trial < 200; trial += 1) {
      const blocks = Array.from({ length: 40 }, () => Float64Array.of(random() + random(), 2));
      const [interval] = bootstrapIntervals([blocks], share, { ...rule, replicates: 300, seed: trial });
      if ((interval?.low ?? 1) <= 0.5 && (interval?.high ?? 0) >= 0.5) covered += 1;
    }
    expect(covered).toBeGreaterThan(176);
  });

  it('treats a block as one: pixels within it never part', () => {
    const clumped = [
      Float64Array.of(1000, 1000),
      Float64Array.of(0, 1000),
      Float64Array.of(1000, 1000),
      Float64Array.of(0, 1000),
    ];
    const [interval] = bootstrapIntervals([clumped], share, rule);
    expect(interval).toEqual({ low: 0, high: 1 });
  });

  it('resamples within groups', () => {
    const groups = [
      [Float64Array.of(1, 1), Float64Array.of(1, 1)],
      [Float64Array.of(0, 1), Float64Array.of(0, 1)],
    ];
    const [interval] = bootstrapIntervals(
      groups,
      (sums) => [sums.reduce((all, s) => all + (s[0] ?? 0) / (s[1] ?? 1), 0) / sums.length],
      rule,
    );
    expect(interval).toEqual({ low: 0.5, high: 0.5 });
  });

  it('has no interval for one block, none, or a score that is mostly undefined', () => {
    expect(bootstrapIntervals([[Float64Array.of(1, 1)]], share, rule)).toEqual([null]);
    expect(bootstrapIntervals([], share, rule)).toEqual([null]);
    expect(bootstrapIntervals([[Float64Array.of(0, 0), Float64Array.of(0, 0)]], share, rule)).toEqual([null]);
  });
});
