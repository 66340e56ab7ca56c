import { describe, expect, it } from 'vitest';
import { planWorkingGrid } from '../geo/working-grid.ts';
import { placeCells } from './bucket-file.ts';

const source = {
  width: 1000,
  height: 500,
  transform: [0, 0.3, 0, 0, 0, -0.3] as const,
  gsdColumns: 0.3,
  gsdRows: 0.3,
};
const at = (gsd: number) => planWorkingGrid({ ...source, transform: [...source.transform] }, gsd);
const cell = (x: number, y: number, bucket: number) => ({ x, y, bucket });

describe('cells of the gallery on a training scene', () => {
  it('lie side by side, and have no bucket where none is given', () => {
    const grids = { training: at(0.3), gallery: at(0.3), chipPixels: 256 };
    const cells = [cell(0, 0, 2), cell(768, 0, 1), cell(256, 256, 0)];
    expect(placeCells('scene', cells, grids)).toEqual({
      id: 'scene',
      cellWidth: 256,
      cellHeight: 256,
      columns: 4,
      rows: 2,
      buckets: [2, -1, -1, 1, -1, 0, -1, -1],
    });
  });

  it('are as large on the ground where the application works at another GSD', () => {
    const grids = { training: at(0.6), gallery: at(0.3), chipPixels: 256 };
    const placed = placeCells('scene', [], grids);
    expect(placed.cellWidth).toBeCloseTo(128, 9);
    expect(placed).toMatchObject({ columns: 4, rows: 2 });
    expect(placed.columns * placed.cellWidth).toBeGreaterThanOrEqual(at(0.6).width);
  });
});
