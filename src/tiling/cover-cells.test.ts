import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { ANY_MODEL, coverCells, NO_MODEL, type CellRectangle } from './cover-cells.ts';

/** Cells of 4 pixels with a halo of 3. */
const cost = ({ columns, rows }: CellRectangle) => (4 * columns + 6) * (4 * rows + 6);

const mosaic = (...rows: string[]) => ({
  columns: rows[0]?.length ?? 0,
  rows: rows.length,
  models: Int16Array.from(rows.join(''), (cell) =>
    cell === '?' ? ANY_MODEL : cell === '.' ? NO_MODEL : Number(cell),
  ),
});

describe('coverCells', () => {
  it('is one rectangle where all is of one model, or of none but too little to tell', () => {
    const whole = { column: 0, row: 0, columns: 4, rows: 3 };
    expect(coverCells(mosaic('1111', '11?1', '.111'), cost, 0)).toEqual([{ ...whole, model: 1 }]);
    expect(coverCells(mosaic('????', '????', '....'), cost, 2)).toEqual([{ ...whole, rows: 2, model: 2 }]);
    expect(coverCells(mosaic('....', '....'), cost, 0)).toEqual([]);
  });

  it('cuts where that computes the least', () => {
    // An L of one model around the other: the long side first.
    expect(coverCells(mosaic('000', '001', '001'), cost, 0)).toEqual([
      { column: 0, row: 0, columns: 2, rows: 3, model: 0 },
      { column: 2, row: 0, columns: 1, rows: 1, model: 0 },
      { column: 2, row: 1, columns: 1, rows: 2, model: 1 },
    ]);
  });

  it('gives a lone cell to its neighbours where that costs less than to cut it out', () => {
    const lone = mosaic('000', '010', '000');
    const cut = coverCells(lone, cost, 0);
    const spent = cut.reduce((sum, rectangle) => sum + cost(rectangle), 0);
    const saved = spent - cost({ column: 0, row: 0, columns: 3, rows: 3, model: 0 });
    const whole = [{ column: 0, row: 0, columns: 3, rows: 3, model: 0 }];
    const by = (price: number) => coverCells({ ...lone, detour: () => price }, cost, 0);
    expect(by(saved - 1)).toEqual(whole);
    expect(by(saved + 1)).toEqual(cut);
    expect(by(Number.POSITIVE_INFINITY)).toEqual(cut);
    // Those around the lone cell may go, and it may not.
    const firm = { ...lone, detour: (cell: number) => (cell === 4 ? Number.POSITIVE_INFINITY : 0) };
    expect(coverCells(firm, cost, 0)).toEqual([{ ...whole[0], model: 1 }]);
  });

  it('costs no more with detours than without, and takes none that may not be', () => {
    const random = seededRandom(8);
    for (let turn = 0; turn < 40; turn += 1) {
      const [columns, rows] = [1 + Math.floor(5 * random()), 1 + Math.floor(5 * random())];
      const models = Int16Array.from({ length: columns * rows }, () => Math.floor(5 * random()) - 2);
      const prices = Float64Array.from({ length: columns * rows * 3 }, () => {
        const price = 300 * random();
        return price > 200 ? Number.POSITIVE_INFINITY : price;
      });
      const detour = (cell: number, model: number) => prices[3 * cell + model] ?? 0;
      const spent = (rectangles: readonly CellRectangle[]) => {
        let sum = 0;
        for (const rectangle of rectangles) {
          sum += cost(rectangle);
          for (let y = rectangle.row; y < rectangle.row + rectangle.rows; y += 1)
            for (let x = rectangle.column; x < rectangle.column + rectangle.columns; x += 1) {
              const wanted = models[y * columns + x] ?? -1;
              if (wanted >= 0 && wanted !== rectangle.model) sum += detour(y * columns + x, rectangle.model);
            }
        }
        return sum;
      };
      const free = spent(coverCells({ columns, rows, models, detour }, cost, 0));
      expect(free).toBeLessThanOrEqual(spent(coverCells({ columns, rows, models }, cost, 0)));
    }
  });

  it('covers every cell with a model once, by that model, whatever the pattern', () => {
    const random = seededRandom(7);
    for (let turn = 0; turn < 40; turn += 1) {
      const [columns, rows] = [1 + Math.floor(5 * random()), 1 + Math.floor(5 * random())];
      const models = Int16Array.from({ length: columns * rows }, () => Math.floor(5 * random()) - 2);
      const seen = new Map<number, number>();
      for (const rectangle of coverCells({ columns, rows, models }, cost, 0)) {
        for (let y = rectangle.row; y < rectangle.row + rectangle.rows; y += 1)
          for (let x = rectangle.column; x < rectangle.column + rectangle.columns; x += 1) {
            const cell = y * columns + x;
            expect(seen.has(cell)).toBe(false);
            seen.set(cell, rectangle.model);
          }
      }
      models.forEach((model, cell) => {
        if (model >= 0) expect(seen.get(cell)).toBe(model);
        if (model === ANY_MODEL) expect(seen.has(cell)).toBe(true);
      });
    }
  });
});
