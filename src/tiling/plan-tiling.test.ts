import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { intersectWindows, windowArea, type Window } from '../geo/window.ts';
import { planChips, type ChipRule } from './plan-chips.ts';
import { planRegions } from './plan-regions.ts';

const rule: ChipRule = { corePixels: 64, haloPixels: 16, blendPixels: 0, multiple: 16, fixed: null };

function coverage(grid: { width: number; height: number }, windows: readonly Window[]): Set<number> {
  const counts = new Uint8Array(grid.width * grid.height);
  for (const w of windows) {
    for (let y = w.y; y < w.y + w.height; y += 1) {
      for (let x = w.x; x < w.x + w.width; x += 1)
        counts[y * grid.width + x] = (counts[y * grid.width + x] ?? 0) + 1;
    }
  }
  return new Set(counts);
}

describe('plans', () => {
  it('cover every pixel of any grid exactly once, by regions and by kept cores', () => {
    const random = seededRandom(7);
    for (let trial = 0; trial < 40; trial += 1) {
      const grid = { width: 1 + randomInt(random, 400), height: 1 + randomInt(random, 400) };
      const regions = planRegions(grid, 32 * (1 + randomInt(random, 5)), 32);
      expect(coverage(grid, regions)).toEqual(new Set([1]));
      const kept = regions.flatMap((region) => planChips(grid, region, rule).map((chip) => chip.keep));
      expect(coverage(grid, kept)).toEqual(new Set([1]));
    }
  });

  it('give the same chip to every region that needs it', () => {
    const grid = { width: 333, height: 210 };
    const seen = new Map<string, string>();
    for (const size of [32, 64, 96, 352]) {
      for (const region of planRegions(grid, size, 32)) {
        for (const { column, row, core, input } of planChips(grid, region, { ...rule, blendPixels: 8 })) {
          const text = JSON.stringify({ core, input });
          expect(seen.get(`${column},${row}`) ?? text).toBe(text);
          seen.set(`${column},${row}`, text);
        }
      }
    }
    expect(seen.size).toBe(6 * 4);
  });

  it('read core and halo, in phase with the multiple', () => {
    const grid = { width: 100, height: 70 };
    for (const chip of planChips(grid, { x: 0, y: 0, ...grid }, rule)) {
      const context = {
        x: chip.core.x - 16,
        y: chip.core.y - 16,
        width: chip.core.width + 32,
        height: chip.core.height + 32,
      };
      expect(intersectWindows(context, chip.input)).toEqual(context);
      expect(
        [chip.input.x, chip.input.y, chip.input.width, chip.input.height].map((n) => Math.abs(n % 16)),
      ).toEqual([0, 0, 0, 0]);
    }
  });

  it('keep the input size of a network that takes one only', () => {
    const fixed = { ...rule, corePixels: 96, fixed: { width: 128, height: 128 } };
    const chips = planChips({ width: 200, height: 97 }, { x: 0, y: 0, width: 200, height: 97 }, fixed);
    expect(chips).toHaveLength(6);
    expect(new Set(chips.map((chip) => windowArea(chip.input)))).toEqual(new Set([128 * 128]));
  });

  it('refuse rules that would put chips out of phase', () => {
    const region = { x: 0, y: 0, width: 64, height: 64 };
    expect(() => planChips(region, region, { ...rule, haloPixels: 10 })).toThrow(/multiples of 16/);
    expect(() => planChips(region, region, { ...rule, blendPixels: 17 })).toThrow(/wider than the halo/);
    expect(() => planRegions(region, 100, 32)).toThrow(/not a multiple/);
  });
});
