import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { looksOf, noveltyOf, quantileOf, readLooks } from './looks.ts';

const random = seededRandom(4);
const randomLooks = (count: number, dims: number) => ({
  count,
  dims,
  data: Float32Array.from({ length: count * dims }, () => 4 * random() - 2),
});

describe('looks', () => {
  it('are the last numbers of an embedding, and come back from their bytes', () => {
    const embeddings = { count: 2, dims: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const looks = looksOf(embeddings, 2);
    expect([...looks.data]).toEqual([2, 3, 5, 6]);
    expect(looksOf(embeddings, 3)).toEqual(embeddings);
    const bytes = new Uint8Array(looks.data.buffer);
    expect(readLooks(bytes, 2)).toEqual(looks);
  });

  it('are as new as their distance to the nearest known ones, a chip itself left out', () => {
    for (let round = 0; round < 20; round += 1) {
      const dims = 1 + randomInt(random, 9);
      const [chips, known] = [randomLooks(7, dims), randomLooks(1 + randomInt(random, 12), dims)];
      const distance = (i: number, j: number) =>
        Math.hypot(
          ...Array.from({ length: dims }, (_, k) => {
            return (chips.data[i * dims + k] ?? 0) - (known.data[j * dims + k] ?? 0);
          }),
        );
      const others = [...Array.from({ length: known.count }).keys()];
      const found = noveltyOf(chips, known, (chip) => (chip === 3 ? 0 : -1));
      found.forEach((novelty, i) => {
        const left = others.filter((j) => i !== 3 || j !== 0).map((j) => distance(i, j));
        expect(novelty).toBeCloseTo(Math.min(...left), 5);
      });
    }
    const one = randomLooks(1, 4);
    expect([...noveltyOf(one, one)]).toEqual([0]);
    expect([...noveltyOf(one, one, () => 0)]).toEqual([Number.POSITIVE_INFINITY]);
  });
});

describe('a quantile', () => {
  it('is a value that the share is not above', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantileOf(values, 0.95)).toBe(95);
    expect(quantileOf(values, 1)).toBe(100);
    expect(quantileOf(Float32Array.of(3), 0.95)).toBe(3);
    expect(() => quantileOf(new Float32Array(0), 0.5)).toThrow(RangeError);
  });
});
