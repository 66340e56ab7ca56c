import { expect, it } from 'vitest';
import { holdsPlace } from './holds-place.ts';

const square = (from: number, to: number) => [
  [from, from],
  [to, from],
  [to, to],
  [from, to],
  [from, from],
];

it('finds places in polygons, but not in their holes', () => {
  const polygon = { type: 'Polygon', coordinates: [square(0, 10), square(4, 6)] };
  expect([1, 5, 11].map((at) => holdsPlace(polygon, [at, at]))).toEqual([true, false, false]);
});

it('finds places in any part of a multipolygon, and none in other geometries', () => {
  const parts = { type: 'MultiPolygon', coordinates: [[square(0, 1)], [square(5, 6)]] };
  expect([0.5, 3, 5.5].map((at) => holdsPlace(parts, [at, at]))).toEqual([true, false, true]);
  expect(holdsPlace({ type: 'Point', coordinates: [0, 0] }, [0, 0])).toBe(false);
});
