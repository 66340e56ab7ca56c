import { describe, expect, test } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { planMultipart, type PartLimits } from './plan-multipart.ts';
import type { Piece } from './store.ts';

const LIMITS: PartLimits = { leastBytes: 100, mostBytes: 1000, mostParts: 50 };

const piece = (length: number, source: Piece['source'] = null): Piece => ({
  length,
  read: () => Promise.reject(new Error('planning reads nothing')),
  source,
});

/** `count` neighbouring pieces of a source. */
const range = (key: string, length: number, count: number, from = 0): Piece[] =>
  Array.from({ length: count }, (_, at) => piece(length, { key, offset: from + at * length }));

const plan = (pieces: readonly Piece[], limits = LIMITS) => {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  return [...planMultipart(pieces, bytes, limits)].map((part) =>
    part.kind === 'copy' ? `copy ${part.key} ${part.offset}+${part.bytes}` : `send ${part.bytes}`,
  );
};

describe('parts of a multipart upload', () => {
  test.each<{ what: string; pieces: Piece[]; parts: string[] }>([
    { what: 'nothing', pieces: [], parts: [] },
    { what: 'a little', pieces: [piece(5), piece(6)], parts: ['send 11'] },
    { what: 'a whole source', pieces: range('a', 50, 4), parts: ['copy a 0+200'] },
    {
      what: 'a header before a large range: the range gives what the header lacks',
      pieces: [piece(30), ...range('a', 50, 6)],
      parts: ['send 130', 'copy a 100+200'],
    },
    {
      what: 'a header that would leave too little to copy',
      pieces: [piece(30), ...range('a', 50, 3)],
      parts: ['send 130', 'send 50'],
    },
    {
      what: 'small ranges of many sources: gathered',
      pieces: ['a', 'b', 'c', 'd'].flatMap((key) => range(key, 30, 2)),
      parts: ['send 120', 'send 120'],
    },
    {
      what: 'a gap in a source ends a range',
      pieces: [...range('a', 50, 2), ...range('a', 50, 2, 200)],
      parts: ['copy a 0+100', 'copy a 200+100'],
    },
    {
      what: 'a range above the most a part may have',
      pieces: range('a', 500, 5),
      parts: ['copy a 0+833', 'copy a 833+833', 'copy a 1666+834'],
    },
    {
      what: 'a small end after a copy',
      pieces: [...range('a', 50, 2), piece(1)],
      parts: ['copy a 0+100', 'send 1'],
    },
    { what: 'empty pieces say nothing', pieces: [piece(0), ...range('a', 100, 1)], parts: ['copy a 0+100'] },
  ])('$what', ({ pieces, parts }) => {
    expect(plan(pieces)).toEqual(parts);
  });

  test('of any object: all bytes once and in order, no part too small or large, not too many', () => {
    const random = seededRandom(9);
    for (let round = 0; round < 300; round += 1) {
      const pieces: Piece[] = [piece(1 + randomInt(random, 300))];
      for (let source = 0; source < randomInt(random, 60); source += 1) {
        const from = randomInt(random, 1000);
        if (random() < 0.2) pieces.push(piece(1 + randomInt(random, 50)));
        else pieces.push(...range(`${source}`, 1 + randomInt(random, 200), 1 + randomInt(random, 20), from));
      }
      const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
      const parts = [...planMultipart(pieces, bytes, LIMITS)];
      expect(parts.length).toBeLessThanOrEqual(LIMITS.mostParts);
      for (const part of parts.slice(0, -1)) expect(part.bytes).toBeGreaterThanOrEqual(LIMITS.leastBytes);
      for (const part of parts) {
        if (part.kind === 'copy') expect(part.bytes).toBeLessThanOrEqual(LIMITS.mostBytes);
      }
      // Where each byte comes from, as runs of source and offset.
      const sent = parts.flatMap((part) => (part.kind === 'send' ? part.pieces : [copied(part)]));
      expect(runs(sent)).toEqual(runs(pieces));
    }
  });

  test('that would be too many are made larger', () => {
    const pieces = Array.from({ length: 40 }, (_, at) => range(`${at}`, 100, 1)).flat();
    expect(plan(pieces, { ...LIMITS, mostParts: 11 })).toEqual(Array.from({ length: 10 }, () => 'send 400'));
  });
});

const copied = ({ key, offset, bytes }: { key: string; offset: number; bytes: number }) =>
  piece(bytes, { key, offset });

function runs(pieces: readonly Piece[]): string[] {
  const found: { key: string; from: number; to: number }[] = [];
  for (const { length, source } of pieces) {
    const key = source?.key ?? 'sent';
    const from = source?.offset ?? 0;
    const last = found.at(-1);
    if (last !== undefined && source !== null && last.key === key && last.to === from) last.to += length;
    else found.push({ key, from, to: from + length });
  }
  return found.map(({ key, from, to }) => `${key} ${from}-${to}`);
}
