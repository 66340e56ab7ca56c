import { describe, expect, it } from 'vitest';
import { borderPatches } from './border-patches.ts';
import { CellModels, latticeChip } from './cell-lattice.ts';

const grid = { width: 192, height: 192 };
const rule = { grid, cellPixels: 16, corePixels: 64 };
const rules = [
  { haloPixels: 8, multiple: 8, fixed: null, cost: 1 },
  { haloPixels: 16, multiple: 16, fixed: null, cost: 1 },
];
const middle = latticeChip({ x: 64, y: 64, width: 64, height: 64 }, rule);

/** All cells of one model, but for those named. */
function modelsWith(model: number, others: readonly [column: number, row: number][]): CellModels {
  const models = new CellModels();
  for (let row = 0; row < 12; row += 1)
    for (let column = 0; column < 12; column += 1) models.set({ column, row }, model);
  for (const [column, row] of others) models.set({ column, row }, 1 - model);
  return models;
}

describe('borderPatches', () => {
  it('are none where all around is of one model, or the other models lie inside', () => {
    expect(borderPatches(middle, modelsWith(0, []), 4, rules)).toEqual([]);
    expect(borderPatches(middle, modelsWith(0, [[5, 5]]), 4, rules)).toEqual([]);
  });

  it('are strips along the edge, as long as the other model lies beyond it, in phase with its pooling', () => {
    // Above the second and third cell of the top row; the first and fourth meet them at a corner.
    const patches = borderPatches(
      middle,
      modelsWith(0, [
        [5, 3],
        [6, 3],
      ]),
      4,
      rules,
    );
    expect(patches).toHaveLength(1);
    expect(patches[0]).toMatchObject({
      model: 1,
      core: { x: 76, y: 64, width: 40, height: 4 },
      input: { x: 48, y: 48, width: 96, height: 32 },
    });
    expect(patches[0]?.cells.map(({ steps }) => steps.map(({ column }) => column))).toEqual([
      [1],
      [0, 1],
      [-1, 0],
      [-1],
    ]);
  });

  it('reach a halo from the edge into the chip, and a halo beyond it and past their ends', () => {
    const inputs = (
      [
        [5, 8],
        [3, 5],
        [8, 5],
      ] as const
    ).map(([column, row]) => {
      const [patch] = borderPatches(middle, modelsWith(1, [[column, row]]), 4, rules);
      return [patch?.core, patch?.input];
    });
    expect(inputs).toEqual([
      [
        { x: 76, y: 124, width: 24, height: 4 },
        { x: 64, y: 120, width: 48, height: 16 },
      ],
      [
        { x: 64, y: 76, width: 4, height: 24 },
        { x: 56, y: 64, width: 16, height: 48 },
      ],
      [
        { x: 124, y: 76, width: 4, height: 24 },
        { x: 120, y: 64, width: 16, height: 48 },
      ],
    ]);
  });

  it('let every cell beyond the edge speak once to every cell that it touches', () => {
    for (const [column, row] of [
      [3, 3],
      [7, 3],
      [8, 8],
      [3, 8],
      [8, 5],
      [3, 6],
      [4, 8],
    ] as const) {
      const heard = borderPatches(middle, modelsWith(1, [[column, row]]), 4, rules).flatMap(({ cells }) =>
        cells.flatMap(({ cell, steps }) =>
          steps.map((step) => [cell.column, cell.row, cell.column + step.column, cell.row + step.row]),
        ),
      );
      const touched = middle.cells.filter(
        (cell) => Math.abs(cell.column - column) <= 1 && Math.abs(cell.row - row) <= 1,
      );
      expect(touched.length).toBeGreaterThan(0);
      expect(heard.map(String).sort()).toEqual(
        touched.map((cell) => String([cell.column, cell.row, column, row])).sort(),
      );
    }
  });
});
