import { describe, expect, it } from 'vitest';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { windowBox, windowCorners } from './window-box.ts';

const grid: WorkingGrid = {
  width: 100,
  height: 50,
  scaleX: 1,
  scaleY: 1,
  transform: [178, 0.1, 0, 10, 0, -0.1],
  gsdMetres: 1,
};
const turned = (x: number, y: number): [number, number] => [x > 180 ? x - 360 : x, y];

describe('the ground under a window', () => {
  it('is cut to the grid, and null beside it', () => {
    expect(windowBox({ x: 0, y: 40, width: 10, height: 100 }, grid, turned)).toEqual([178, 5, 179, 6]);
    expect(windowBox({ x: 200, y: 0, width: 10, height: 10 }, grid, turned)).toBeNull();
    expect(windowCorners({ x: 0, y: 0, width: 10, height: 10 }, grid, turned)).toEqual([
      [178, 10],
      [178, 9],
      [179, 9],
      [179, 10],
    ]);
  });

  it('goes round by the antimeridian where it crosses it', () => {
    const [west = 0, south, east = 0, north] =
      windowBox({ x: 10, y: 0, width: 30, height: 10 }, grid, turned) ?? [];
    expect([west, south, east, north].map((v) => Math.round((v ?? 0) * 1e6) / 1e6)).toEqual([
      179, 9, -178, 10,
    ]);
  });

  it('is nothing where a corner has no place', () => {
    expect(windowBox({ x: 0, y: 0, width: 10, height: 10 }, grid, () => null)).toBeNull();
  });
});
