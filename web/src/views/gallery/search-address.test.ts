import { expect, it } from 'vitest';
import { EVERYTHING } from './chip-filter.ts';
import { searchAddress } from './search-address.ts';

it('asks for nothing where nothing is chosen', () => expect(searchAddress(null, EVERYTHING)).toBeNull());

it('asks for what is like a chip, or like a place, within the filters', () => {
  expect(searchAddress('north/0-64', EVERYTHING)).toBe('/api/gallery/search?limit=60&chip=north%2F0-64');
  expect(
    searchAddress('85.5,-27.6', { ...EVERYTHING, place: 'Banepa', bucket: 0, since: '2024-01-01' }),
  ).toBe('/api/gallery/search?limit=60&lon=85.5&lat=-27.6&place=Banepa&bucket=0&since=2024-01-01');
});
