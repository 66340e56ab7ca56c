import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { compareModels, countFalseHits, type ScoreBlock } from './compare-models.ts';

const block = (place: string, ...counts: [number, number, number][]): ScoreBlock => ({
  scene: place,
  place,
  bucket: 0,
  counts,
});

/** Blocks of two models on the same ground; the second one finds `gain` more of each object. */
function twins(places: number, each: number, gain: number): [ScoreBlock[], ScoreBlock[]] {
  const random = seededRandom(3);
  const first: ScoreBlock[] = [];
  const second: ScoreBlock[] = [];
  for (let i = 0; i < places * each; i += 1) {
    const objects = Math.round(1000 * random());
    const hits = Math.round(objects * (0.3 + 0.4 * random()));
    const more = Math.min(objects, Math.round(hits * (1 + gain)));
    const place = `place-${i % places}`;
    first.push(block(place, [hits, 50, objects - hits]));
    second.push(block(place, [more, 50, objects - more]));
  }
  return [first, second];
}

describe('two models compared by blocks of ground', () => {
  it('have the IoU of the pooled counts, the mean over classes', () => {
    const a = [block('x', [10, 5, 5], [0, 0, 0]), block('x', [30, 0, 10], [1, 0, 3])];
    const found = compareModels(a, a, 1);
    expect(found?.first.iou).toBeCloseTo((40 / 60 + 1 / 4) / 2, 12);
    expect(found?.difference).toEqual({ iou: 0, low: 0, high: 0 });
    expect(found).toMatchObject({ blocks: 2, places: 1 });
  });

  it('differ beyond the error where one is better everywhere, however unlike the blocks are', () => {
    const [first, second] = twins(4, 30, 0.05);
    const found = compareModels(first, second, 1);
    expect(found?.difference.low).toBeGreaterThan(0);
    // Paired: the difference is known better than either IoU.
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(found?.difference ?? { low: 0, high: 9 })).toBeLessThan(
      width(found?.first ?? { low: 0, high: 0 }),
    );
    expect(compareModels(second, first, 1)?.difference.high).toBeLessThan(0);
  });

  it('do not differ where one place says this and another that', () => {
    const [first, second] = twins(2, 40, 0.1);
    const swap = (i: number) => i % 2 === 0;
    const a = first.map((of, i) => (swap(i) ? of : (second[i] ?? of)));
    const b = second.map((of, i) => (swap(i) ? of : (first[i] ?? of)));
    const { difference } = compareModels(a, b, 1) ?? { difference: { low: 1, high: -1 } };
    expect(difference.low).toBeLessThan(0);
    expect(difference.high).toBeGreaterThan(0);
  });

  it('are told apart by false hits where nothing is', () => {
    const first = [block('x', [0, 2, 0], [0, 1, 0]), block('x', [0, 0, 0], [0, 0, 0])];
    const second = [block('x', [0, 0, 0], [0, 0, 0]), block('x', [0, 0, 0], [0, 9, 0])];
    expect(countFalseHits(first, second)).toEqual({ first: 3, second: 9, blocks: 2 });
  });

  it('are not compared where there is nothing', () => {
    expect(compareModels([], [], 1)).toBeNull();
    expect(compareModels([block('x', [0, 0, 0])], [block('x', [0, 0, 0])], 1)).toBeNull();
    expect(() => compareModels([block('x', [1, 0, 0])], [], 1)).toThrow(RangeError);
  });
});
