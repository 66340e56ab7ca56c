import { expect, test } from 'vitest';
import { blockOrder } from './block-order.ts';

test('goes along the Z-order curve, and leaves out what is not there', () => {
  expect([...blockOrder({ columns: 4, rows: 2 })]).toEqual([0, 1, 4, 5, 2, 3, 6, 7]);
  expect([...blockOrder({ columns: 3, rows: 3 })]).toEqual([0, 1, 3, 4, 2, 5, 6, 7, 8]);
  expect([...blockOrder({ columns: 1, rows: 1 })]).toEqual([0]);
});

test('keeps every aligned square together, whatever the size of the grid', () => {
  for (const [columns, rows] of [
    [1, 9],
    [13, 7],
    [16, 16],
    [5, 40],
  ] as const) {
    const place = new Map([...blockOrder({ columns, rows })].map((block, at) => [block, at]));
    expect(place.size).toBe(columns * rows);
    for (const side of [1, 2, 4, 8]) {
      for (let y = 0; y < rows; y += side) {
        for (let x = 0; x < columns; x += side) {
          const places: number[] = [];
          for (let row = y; row < Math.min(rows, y + side); row += 1)
            for (let column = x; column < Math.min(columns, x + side); column += 1)
              places.push(place.get(row * columns + column) ?? -1);
          expect(Math.max(...places) - Math.min(...places) + 1).toBe(places.length);
        }
      }
    }
  }
});
