import { describe, expect, it } from 'vitest';
import { chipsThatPass, EVERYTHING } from './chip-filter.ts';

const chips = {
  partition: 'abc',
  total: 4,
  id: ['a', 'b', 'c', 'd'],
  scene: ['s', 's', 't', 't'],
  place: ['north', 'north', 'south', 'south'],
  acquired: ['2023-05-01T00:00:00Z', '2024-05-01T00:00:00Z', null, '2024-05-02T10:00:00Z'],
  bucket: [0, 1, 1, 0],
  lon: [0, 0, 0, 0],
  lat: [0, 0, 0, 0],
  x: [0, 0, 0, 0],
  y: [0, 0, 0, 0],
};
const passing = (filter: object) => [...chipsThatPass(chips, { ...EVERYTHING, ...filter })];

describe('the filter of chips', () => {
  it('lets everything pass where nothing is asked', () => expect(passing({})).toEqual([0, 1, 2, 3]));
  it('asks for all of what is given', () => {
    expect(passing({ place: 'south' })).toEqual([2, 3]);
    expect(passing({ place: 'south', bucket: 0 })).toEqual([3]);
  });
  it('takes days whole, and no chip without a date', () => {
    expect(passing({ since: '2024-05-01' })).toEqual([1, 3]);
    expect(passing({ until: '2024-05-01' })).toEqual([0, 1]);
  });
});
