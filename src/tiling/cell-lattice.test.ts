import { describe, expect, it } from 'vitest';
import { latticeChip, latticeReach, routeLatticeChip, type RoutedModelRule } from './cell-lattice.ts';
import { ANY_MODEL } from './cover-cells.ts';

const rule = { grid: { width: 900, height: 700 }, cellPixels: 64, corePixels: 256 };
const models: RoutedModelRule[] = [
  { haloPixels: 32, multiple: 16, fixed: null, cost: 4 },
  { haloPixels: 16, multiple: 8, fixed: null, cost: 1 },
];

describe('a lattice chip', () => {
  it('is cut into cells, clipped to the grid', () => {
    const chip = latticeChip({ x: 768, y: 512, width: 132, height: 188 }, rule);
    expect([chip.columns, chip.rows]).toEqual([3, 3]);
    expect(chip.cells.at(-1)).toEqual({
      column: 14,
      row: 10,
      window: { x: 896, y: 640, width: 4, height: 60 },
    });
  });

  it('is one chip of one model, as without routing', () => {
    const chip = latticeChip({ x: 256, y: 0, width: 256, height: 256 }, rule);
    expect(routeLatticeChip(chip, models, new Int16Array(16))).toEqual([
      {
        model: 0,
        core: chip.core,
        input: { x: 224, y: -32, width: 320, height: 320 },
        cells: chip.cells,
      },
    ]);
  });

  it('is several chips where its cells want several models, each with the halo of its own', () => {
    const chip = latticeChip({ x: 0, y: 512, width: 256, height: 188 }, rule);
    const wanted = Int16Array.from([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, ANY_MODEL]);
    const chips = routeLatticeChip(chip, models, wanted);
    expect(chips.map(({ model, core, input }) => ({ model, core, input }))).toEqual([
      {
        model: 0,
        core: { x: 0, y: 512, width: 128, height: 188 },
        input: { x: -32, y: 480, width: 192, height: 256 },
      },
      {
        model: 1,
        core: { x: 128, y: 512, width: 128, height: 188 },
        input: { x: 112, y: 496, width: 160, height: 224 },
      },
    ]);
    const reach = latticeReach(chip.core, models);
    for (const { input } of chips) {
      expect(input.x).toBeGreaterThanOrEqual(reach.x);
      expect(input.y + input.height).toBeLessThanOrEqual(reach.y + reach.height);
    }
  });
});
