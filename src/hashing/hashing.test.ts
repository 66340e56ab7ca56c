import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom, type Random } from '../core/random.ts';
import { bitStatistics } from './bit-statistics.ts';
import { nameBuckets, nearestBuckets } from './buckets.ts';
import { bitOf, checkBits, codeAt, codeOfText, codeText, joinCodes, packCodes, type Codes } from './codes.ts';
import { hammingDistance } from './hamming.ts';
import { retrievalQuality } from './retrieval-quality.ts';

const randomCodes = (random: Random, count: number, bytes: number): Codes => ({
  count,
  bytes,
  data: Uint8Array.from({ length: count * bytes }, () => randomInt(random, 256)),
});
const codesOf = (...texts: string[]): Codes =>
  joinCodes(
    texts.map((text) => ({ count: 1, bytes: text.length / 2, data: codeOfText(text) })),
    (texts[0] ?? '').length / 2,
  );

describe('codes', () => {
  it('put bit 0 first, and read an activation above a half as 1', () => {
    const activations = new Float32Array(16);
    activations.set([0.51, 0.5, 0, 0, 0, 0, 0, 1], 0);
    activations.set([0, 0.9, Number.NaN], 8);
    expect(codeText(codeAt(packCodes(activations, 16), 0))).toBe('8140');
  });

  it('give back the bits they were made of', () => {
    const random = seededRandom(1);
    for (const bits of [16, 32, 64, 72, 256]) {
      const activations = Float32Array.from({ length: 7 * bits }, random);
      const codes = packCodes(activations, bits);
      expect(codes).toMatchObject({ count: 7, bytes: bits / 8 });
      const back = Array.from({ length: 7 * bits }, (_, i) => bitOf(codes, Math.floor(i / bits), i % bits));
      expect(back).toEqual(Array.from(activations, (a) => (a > 0.5 ? 1 : 0)));
    }
  });

  it('have 16 to 256 bits, a multiple of 8, and one length', () => {
    for (const bits of [16, 24, 256]) expect(() => checkBits(bits)).not.toThrow();
    for (const bits of [8, 0, 33, 264, 32.5])
      expect(() => checkBits(bits)).toThrow(expect.objectContaining({ code: 'BAD_BITS' }));
    expect(() => joinCodes([codesOf('aabb'), codesOf('aabbcc')], 2)).toThrow(
      expect.objectContaining({ code: 'CODE_LENGTH' }),
    );
  });
});

describe('Hamming distance', () => {
  it('is a metric, and counts differing bits', () => {
    const random = seededRandom(2);
    for (let round = 0; round < 200; round += 1) {
      const codes = randomCodes(random, 3, 2 + randomInt(random, 31));
      const [a, b, c] = [codeAt(codes, 0), codeAt(codes, 1), codeAt(codes, 2)];
      const bits = Array.from({ length: codes.bytes * 8 }, (_, bit) => bit);
      const slow = bits.filter((bit) => bitOf(codes, 0, bit) !== bitOf(codes, 1, bit)).length;
      expect(hammingDistance(a, b)).toBe(slow);
      expect(hammingDistance(b, a)).toBe(slow);
      expect(hammingDistance(a, a)).toBe(0);
      expect(hammingDistance(a, c)).toBeLessThanOrEqual(slow + hammingDistance(b, c));
    }
  });
});

describe('centroid codes', () => {
  it('have the least summed distance to their members', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round += 1) {
      const codes = randomCodes(random, 1 + randomInt(random, 9), 2);
      const centroid = codeAt(nameBuckets(codes, new Int32Array(codes.count), 1).centroids, 0);
      const cost = (code: Uint8Array) =>
        Array.from({ length: codes.count }, (_, i) => hammingDistance(code, codeAt(codes, i))).reduce(
          (a, b) => a + b,
          0,
        );
      const best = cost(centroid);
      for (let flip = 0; flip < 16; flip += 1) {
        const other = Uint8Array.from(centroid);
        other[flip >> 3] = (other[flip >> 3] ?? 0) ^ (0x80 >> (flip & 7));
        expect(cost(other)).toBeGreaterThanOrEqual(best);
      }
    }
  });

  it('are 0 where the vote is even', () => {
    const { centroids } = nameBuckets(codesOf('ffff', '0000'), Int32Array.of(0, 0), 1);
    expect(codeText(centroids.data)).toBe('0000');
  });

  it('make one bucket of clusters that vote alike, numbered as the first of them', () => {
    const codes = codesOf('ffff', '00ff', 'fffe', 'ffff', 'ffff', '1234');
    const found = nameBuckets(codes, Int32Array.of(0, 1, 2, 2, 2, 3), 4);
    expect([...found.bucketOf]).toEqual([0, 1, 0, 2]);
    expect(codeText(found.centroids.data)).toBe('ffff00ff1234');
    // The vote of both clusters' chips together is the code that they have in common.
    const together = nameBuckets(codes, Int32Array.of(0, 1, 0, 0, 0, 2), 3);
    expect(together.centroids).toEqual(found.centroids);
    expect(nameBuckets(codesOf('ffff', 'ffff'), Int32Array.of(0, 1), 2).centroids.count).toBe(1);
  });
});

describe('the nearest bucket', () => {
  it('is the lower one of two, with the margin to the second', () => {
    const centroids = codesOf('0000', 'ffff', '00ff');
    const found = nearestBuckets(codesOf('000f', '0001', 'ffff'), centroids);
    expect([...found.bucket]).toEqual([0, 0, 1]);
    expect([...found.second]).toEqual([2, 2, 2]);
    expect([...found.distance]).toEqual([4, 1, 0]);
    expect([...found.margin]).toEqual([0, 6, 8]);
  });

  it('is what comparing with every centroid finds', () => {
    const random = seededRandom(4);
    for (let round = 0; round < 100; round += 1) {
      const bytes = 2 + randomInt(random, 7);
      const codes = randomCodes(random, 5, bytes);
      const centroids = randomCodes(random, 1 + randomInt(random, 6), bytes);
      const found = nearestBuckets(codes, centroids);
      for (let code = 0; code < 5; code += 1) {
        const ranked = Array.from({ length: centroids.count }, (_, bucket) => ({
          bucket,
          distance: hammingDistance(codeAt(codes, code), codeAt(centroids, bucket)),
        })).sort((a, b) => a.distance - b.distance || a.bucket - b.bucket);
        const [first, second] = ranked;
        expect(found.bucket[code]).toBe(first?.bucket);
        expect(found.second[code]).toBe((second ?? first)?.bucket);
        expect(found.distance[code]).toBe(first?.distance);
        const margin = second === undefined ? bytes * 8 : second.distance - (first?.distance ?? 0);
        expect(found.margin[code]).toBe(margin);
      }
    }
  });
});

describe('mean average precision', () => {
  it('is what a hand calculation gives, both ways', () => {
    // Ranking of the base for the query: rows 0, 1, 2, 3 at 0, 1, 2, 3 bits; relevant are 0 and 2.
    const base = { codes: codesOf('0000', '0001', '0003', '0007'), labels: Int32Array.of(5, 1, 5, 1) };
    const query = { codes: codesOf('0000'), labels: Int32Array.of(5) };
    const expected = (1 + 2 / 3) / 2;
    const found = retrievalQuality(query, base);
    expect(found.mapStandard).toBeCloseTo(expected, 12);
    expect(found.mapAt20OverHits).toBeCloseTo(expected, 12);
  });

  it('over hits forgives what is beyond the first twenty', () => {
    // One relevant chip first, thirty others, then a second relevant one: at rank 32.
    const texts = ['0000', ...Array.from({ length: 30 }, () => '0001'), 'ffff'];
    const labels = Int32Array.from(texts, (_, i) => (i === 0 || i === 31 ? 1 : 0));
    const found = retrievalQuality(
      { codes: codesOf('0000'), labels: Int32Array.of(1) },
      { codes: codesOf(...texts), labels },
    );
    expect(found.mapAt20OverHits).toBe(1);
    expect(found.mapStandard).toBeCloseTo((1 + 2 / 32) / 2, 12);
  });

  it('is 1 where clusters have codes of their own, and the share of the cluster where codes say nothing', () => {
    const random = seededRandom(6);
    const labels = Int32Array.from({ length: 200 }, () => randomInt(random, 4));
    const own = codesOf(...Array.from(labels, (label) => ['0000', '00ff', 'ff00', 'ffff'][label] ?? ''));
    expect(retrievalQuality({ codes: own, labels }, { codes: own, labels })).toEqual({
      queries: 200,
      mapAt20OverHits: 1,
      mapStandard: 1,
    });
    const noise = retrievalQuality({ codes: randomCodes(random, 200, 4), labels }, { codes: own, labels });
    expect(noise.mapStandard).toBeLessThan(0.5);
  });
});

describe('bit statistics', () => {
  it('tell balance, copies and distinct codes', () => {
    // Bit 0 is half ones; bit 1 its copy; bit 2 independent of them; the others never set.
    const found = bitStatistics(codesOf('c000', 'e000', '0000', '2000'));
    expect(found.balance).toEqual([0, 1.5 / 16, 0.5]);
    expect(found.correlation.max).toBeCloseTo(1, 12);
    expect(found.correlation.mean).toBeCloseTo(1 / 3, 12);
    expect(found.distinctCodes).toBe(4);
  });
});
