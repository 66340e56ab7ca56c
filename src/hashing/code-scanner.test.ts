import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { CodeScanner } from './code-scanner.ts';
import { codeAt, type Codes } from './codes.ts';
import { hammingDistance } from './hamming.ts';
import { NearestCodes } from './nearest-codes.ts';

/** Random codes, every third one near the first, so that ties and near ones abound. */
function someCodes(count: number, bytes: number, seed: number): Codes {
  const random = seededRandom(seed);
  const data = Uint8Array.from({ length: count * bytes }, () => randomInt(random, 256));
  for (let code = 3; code < count; code += 3) {
    data.copyWithin(code * bytes, 0, bytes);
    const at = code * bytes + randomInt(random, bytes);
    data[at] = (data[at] ?? 0) ^ (1 << randomInt(random, 8));
  }
  return { count, bytes, data };
}

function bySorting(codes: Codes, query: Uint8Array, accept: (number: number) => boolean) {
  return Array.from({ length: codes.count }, (_, number) => ({
    number,
    distance: hammingDistance(query, codeAt(codes, number)),
  }))
    .filter(({ number }) => accept(number))
    .sort((a, b) => a.distance - b.distance || a.number - b.number);
}

describe('CodeScanner', () => {
  it.each([2, 3, 4, 7, 8, 9, 12, 16, 31, 32])('finds what sorting finds, for codes of %i bytes', (bytes) => {
    const codes = someCodes(20_000, bytes, bytes);
    const scanner = new CodeScanner(bytes, codes.count);
    scanner.codes.set(codes.data);
    for (const [most, maxDistance] of [
      [1, bytes * 8],
      [100, bytes * 8],
      [10_000, bytes * 8],
      [100_000, bytes * 8],
      [50, 1],
    ] as const) {
      const accept = most === 100 ? (number: number) => number % 5 > 0 : () => true;
      const query = codeAt(codes, most === 1 ? 1 : 0);
      const nearest = new NearestCodes(most, maxDistance, accept);
      scanner.scan(query, codes.count, nearest);
      const all = bySorting(codes, query, accept).filter(({ distance }) => distance <= maxDistance);
      expect(nearest.result()).toEqual(all.slice(0, most));
    }
  });

  it('finds the same in several fillings as in one', () => {
    const codes = someCodes(50_000, 5, 1);
    const query = codeAt(codes, 7);
    const scanner = new CodeScanner(5, 17_001);
    const nearest = new NearestCodes(300, 40);
    for (let from = 0; from < codes.count; from += scanner.capacity) {
      const part = codes.data.subarray(from * 5, Math.min(codes.count, from + scanner.capacity) * 5);
      scanner.codes.set(part);
      scanner.scan(query, part.length / 5, nearest, from);
    }
    expect(nearest.result()).toEqual(bySorting(codes, query, () => true).slice(0, 300));
  });

  it('refuses a query of another length', () => {
    expect(() => new CodeScanner(4, 1).scan(new Uint8Array(8), 1, new NearestCodes(1, 32))).toThrow(
      expect.objectContaining({ code: 'CODE_LENGTH' }),
    );
  });

  it('runs the bytes that its script makes', () => {
    const file = new URL('./hamming-scan-bytes.ts', import.meta.url);
    const before = readFileSync(file, 'utf8');
    const script = fileURLToPath(new URL('../../scripts/make-hamming-scan.mjs', import.meta.url));
    expect(spawnSync(process.execPath, [script]).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
