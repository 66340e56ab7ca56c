import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { stratifiedSample } from './stratified-sample.ts';

describe('stratifiedSample', () => {
  it('keeps every share to one chip, and every stratum, whatever the sizes', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 100; round += 1) {
      const strata = Int32Array.from({ length: 50 + randomInt(random, 400) }, () =>
        Math.floor(8 * random() ** 3),
      );
      const size = 20 + randomInt(random, 100);
      const drawn = stratifiedSample(strata, size, round);
      expect(drawn).toHaveLength(Math.min(size, strata.length));
      expect(new Set(drawn).size).toBe(drawn.length);
      expect([...drawn]).toEqual([...drawn].sort((a, b) => a - b));
      for (const stratum of new Set(strata)) {
        const of = (chips: Iterable<number>) => [...chips].filter((s) => s === stratum).length;
        const exact = (of(strata) * drawn.length) / strata.length;
        const got = of(drawn.map((chip) => strata[chip] ?? -1));
        expect(got).toBeGreaterThanOrEqual(Math.max(1, Math.floor(exact) - 8));
        expect(got).toBeLessThanOrEqual(Math.max(1, Math.ceil(exact)));
      }
    }
  });

  it('depends on the seed, and on nothing else', () => {
    const strata = new Int32Array(1000);
    expect(stratifiedSample(strata, 50, 3)).toEqual(stratifiedSample(strata, 50, 3));
    expect(stratifiedSample(strata, 50, 3)).not.toEqual(stratifiedSample(strata, 50, 4));
  });
});
