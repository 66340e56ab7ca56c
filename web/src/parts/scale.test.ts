import { expect, it } from 'vitest';
import { linear, niceTicks, tickText } from './scale.ts';

it('finds round numbers inside a range', () => {
  expect(niceTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(niceTicks(0.13, 0.87, 4)).toEqual([0.2, 0.4, 0.6, 0.8]);
  expect(niceTicks(0, 23_000, 4)).toEqual([0, 10_000, 20_000]);
  expect(niceTicks(3, 3)).toEqual([3]);
});

it('maps one range onto another, and one without length onto its start', () => {
  expect(linear([0, 10], [100, 0])(2.5)).toBe(75);
  expect(linear([5, 5], [0, 100])(5)).toBe(0);
});

it('writes thousands short', () => expect([0.2, 20_000].map(tickText)).toEqual(['0.2', '20k']));
