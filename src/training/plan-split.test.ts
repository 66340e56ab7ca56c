import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { planWorkingGrid } from '../geo/working-grid.ts';
import { blockAllows, splitByBlocks, splitByPlace, type SplitScene } from './plan-split.ts';

const scenes = (count: number, places: number, seed: number): SplitScene[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    id: `s${i}`,
    place: `p${Math.floor(random() * places)}`,
    weight: 1 + random() * 9,
    fixed: null,
  }));
};

describe('splitByPlace', () => {
  it('never splits a place, gives each split its share as nearly as places allow, and repeats by its seed', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const all = scenes(40, 13, seed);
      const splits = splitByPlace(all, { validation: 0.2, test: 0.2, seed });
      const ofPlace = new Map<string, Set<string>>();
      for (const { id, place } of all)
        ofPlace.set(place, (ofPlace.get(place) ?? new Set()).add(splits[id] ?? ''));
      expect([...ofPlace.values()].every((found) => found.size === 1)).toBe(true);
      const share = (name: string) => sum(all.filter(({ id }) => splits[id] === name)) / sum(all);
      expect(share('train')).toBeGreaterThan(0.35);
      expect(share('validation')).toBeGreaterThan(0);
      expect(share('test')).toBeGreaterThan(0);
      expect(splitByPlace(all, { validation: 0.2, test: 0.2, seed })).toEqual(splits);
    }
  });
  it('chooses otherwise with another seed', () => {
    const all = scenes(40, 13, 1);
    const found = new Set(
      Array.from({ length: 10 }, (_, seed) =>
        JSON.stringify(splitByPlace(all, { validation: 0.2, test: 0, seed })),
      ),
    );
    expect(found.size).toBeGreaterThan(5);
  });
  it('keeps what was given, and lets the rest of a place follow', () => {
    const all: SplitScene[] = [
      { id: 'a1', place: 'a', weight: 1, fixed: 'test' },
      { id: 'a2', place: 'a', weight: 1, fixed: null },
      { id: 'b', place: 'b', weight: 1, fixed: null },
      { id: 'c', place: 'c', weight: 1, fixed: null },
    ];
    const splits = splitByPlace(all, { validation: 0.3, test: 0.3, seed: 3 });
    expect(splits).toMatchObject({ a1: 'test', a2: 'test' });
    expect([splits['b'], splits['c']].sort()).toEqual(['train', 'validation']);
  });
  it('leaves one place to training, always', () => {
    const one = [{ id: 'a', place: 'a', weight: 1, fixed: null }];
    expect(splitByPlace(one, { validation: 0.5, test: 0.4, seed: 1 })).toEqual({ a: 'train' });
  });
});

describe('splitByBlocks', () => {
  const grid = planWorkingGrid(
    { width: 1000, height: 700, transform: [0, 1, 0, 0, 0, -1], gsdColumns: 1, gsdRows: 1 },
    null,
  );
  const shares = { validation: 0.25, test: 0.1, seed: 4 };

  it('gives the shares of blocks asked for', () => {
    const blocks = splitByBlocks(grid, shares, { blockPixels: 100, guardPixels: 20 });
    expect([blocks.columns, blocks.rows, blocks.splits.length]).toEqual([10, 7, 70]);
    expect(blocks.splits.filter((split) => split === 'validation')).toHaveLength(18);
    expect(blocks.splits.filter((split) => split === 'test')).toHaveLength(7);
    expect(() => splitByBlocks(grid, shares, { blockPixels: 700, guardPixels: 20 })).toThrow(/too few/);
  });

  it('keeps training labels a guard band away from every block of another split', () => {
    const blocks = splitByBlocks(grid, shares, { blockPixels: 100, guardPixels: 20 });
    const splitAt = (x: number, y: number) => blocks.splits[Math.floor(y / 100) * 10 + Math.floor(x / 100)];
    let trained = 0;
    for (let y = 0; y < 700; y += 7) {
      for (let x = 0; x < 1000; x += 7) {
        let near = false;
        for (let dy = -20; dy <= 20; dy += 5)
          for (let dx = -20; dx <= 20; dx += 5) {
            const [u, v] = [x + dx, y + dy];
            if (u >= 0 && v >= 0 && u < 1000 && v < 700 && splitAt(u, v) !== 'train') near = true;
          }
        const allowed = blockAllows(blocks, 'train', { x, y });
        if (allowed) trained += 1;
        expect(allowed).toBe(!near);
        expect(blockAllows(blocks, 'validation', { x, y })).toBe(splitAt(x, y) === 'validation');
      }
    }
    expect(trained).toBeGreaterThan(1000);
  });
});

const sum = (all: readonly SplitScene[]): number => all.reduce((total, { weight }) => total + weight, 0);
