import { expect, test } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { reduceBlock, type ReductionKind } from './reduce-block.ts';

/** The definition, as slow and plain as it can be said. */
function oracle(quad: readonly number[], kind: ReductionKind, noData: number): number {
  const valid = quad.filter((value) => value !== noData);
  if (valid.length === 0) return noData;
  if (kind === 'mean') {
    const mean = Math.round(valid.reduce((sum, value) => sum + value, 0) / valid.length);
    return mean === noData ? mean - 1 : mean;
  }
  const count = (value: number) => valid.filter((other) => other === value).length;
  return [...valid].sort((a, b) => count(b) - count(a) || a - b)[0] ?? noData;
}

const cases = (['class', 'mean'] as const).flatMap((kind) =>
  [0, 7, 128, 255].flatMap((noData) => [2, 3, 256].map((values) => ({ kind, noData, values }))),
);

test.each(cases)(
  'every quad of a block is reduced as defined: $kind, no-data $noData, $values values',
  (one) => {
    const { kind, noData, values } = one;
    const random = seededRandom(values * 1000 + noData);
    const side = 64;
    const block = new Uint8Array(side * side).map(() =>
      random() < 0.25
        ? noData
        : values === 256
          ? randomInt(random, 256)
          : (noData + randomInt(random, values)) % 256,
    );
    // Areas of one value take the fast path.
    block.fill(3, 0, side * 8);
    block.fill(noData, side * 8, side * 12);
    const half = reduceBlock(block, side, kind, noData);
    expect(half).toHaveLength((side * side) / 4);
    const expected = half.map((_, at) => {
      const from = Math.floor(at / (side / 2)) * 2 * side + (at % (side / 2)) * 2;
      const quad = [from, from + 1, from + side, from + side + 1].map((index) => block[index] ?? 0);
      return oracle(quad, kind, noData);
    });
    expect(half).toEqual(expected);
  },
);

test('a mean that would round to the no-data value becomes the value below, so that data stays data', () => {
  const block = new Uint8Array(16).map((_, at) => (at % 2 === 0 ? 127 : 129));
  expect([...reduceBlock(block, 4, 'mean', 128)]).toEqual([127, 127, 127, 127]);
});

test('of equally frequent classes the lower wins, and no-data never wins', () => {
  const block = Uint8Array.of(2, 1, 255, 255, 1, 2, 255, 9, 5, 5, 255, 255, 0, 0, 255, 255);
  expect([...reduceBlock(block, 4, 'class', 255)]).toEqual([1, 9, 0, 255]);
});
