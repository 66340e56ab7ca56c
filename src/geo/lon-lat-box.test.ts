import { expect, it } from 'vitest';
import { boxCentre, boxesMeet, boxHolds, turnsTowards } from './lon-lat-box.ts';

const across = [179, -18, -179, -16];

it('boxes meet across the antimeridian, from either side', () => {
  expect(boxesMeet(across, [-179.5, -17, -178, -16.5])).toBe(true);
  expect(boxesMeet([178, -17, 179.5, -16.5], across)).toBe(true);
  expect(boxesMeet(across, across)).toBe(true);
  expect(boxesMeet(across, [0, -18, 1, -16])).toBe(false);
  expect(boxesMeet(across, [-179, -18, -178, -16])).toBe(false);
  expect(boxesMeet(across, [179, -16, -179, -15])).toBe(false);
});

it('holds points by any of their longitudes', () => {
  for (const lon of [179.5, -179.5, 180, -180, 180.5]) expect(boxHolds(across, [lon, -17])).toBe(true);
  for (const lon of [178.5, -178.5, 0]) expect(boxHolds(across, [lon, -17])).toBe(false);
  expect(boxHolds(across, [180, -19])).toBe(false);
});

it('has its middle within', () => {
  expect(boxCentre(across)).toEqual([180, -17]);
  expect(boxCentre([10, 0, 20, 10])).toEqual([15, 5]);
});

it('turns a longitude towards another', () => {
  expect([turnsTowards(-170, 190), turnsTowards(190, -170), turnsTowards(10, 20)]).toEqual([360, -360, 0]);
});
