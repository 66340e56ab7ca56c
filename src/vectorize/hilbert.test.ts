import { expect, it } from 'vitest';
import { hilbertIndex } from './hilbert.ts';

it('visits every cell of a grid once, and goes from each to one beside it', () => {
  const side = 32;
  const cells = Array.from({ length: side * side }, (_, i) => ({ x: i % side, y: Math.floor(i / side) }));
  const at = ({ x, y }: { x: number; y: number }) => hilbertIndex([0, 0, side, side], x + 0.5, y + 0.5);
  cells.sort((a, b) => at(a) - at(b));
  expect(new Set(cells.map(at)).size).toBe(cells.length);
  cells.slice(1).forEach(({ x, y }, i) => {
    const before = cells[i];
    expect(Math.abs(x - (before?.x ?? 0)) + Math.abs(y - (before?.y ?? 0))).toBe(1);
  });
});

it('takes places outside to the nearest inside', () => {
  expect(hilbertIndex([0, 0, 1, 1], -5, -5)).toBe(0);
  expect(hilbertIndex([0, 0, 1, 1], 5, -5)).toBe(2 ** 32 - 1);
  expect(hilbertIndex([0, 0, 0, 0], 0, 0)).toBe(0);
});
