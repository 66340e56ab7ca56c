import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { projjsonOfWkt } from '../geo/projjson.ts';
import { describeCrs, parseCrs } from './crs.ts';

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const python = root('.venv/bin/python');

/** Kinds of datums, units, axes and methods. */
const CRSS = [
  'OGC:CRS84',
  'EPSG:4326',
  'EPSG:4269',
  'EPSG:3857',
  'EPSG:32645',
  'EPSG:27700',
  'EPSG:2154',
  'EPSG:3413',
  'EPSG:3031',
  'EPSG:5070',
  'EPSG:2263',
  'EPSG:28992',
  '+proj=laea +lat_0=10 +lon_0=20 +ellps=WGS84',
  '+proj=sinu +R=6371007 +units=m',
];

const projjson = (crs: string) => projjsonOfWkt(describeCrs(parseCrs(crs)).wkt2);

describe('PROJJSON of a CRS', () => {
  it.skipIf(!existsSync(python))('is the same CRS to PROJ', () => {
    const input = JSON.stringify(Object.fromEntries(CRSS.map((crs) => [crs, projjson(crs)])));
    expect(
      execFileSync(python, [root('tests/fixtures/check-projjson.py')], { input, encoding: 'utf8' }),
    ).toBe('');
  });

  it('names the CRS and its code', () => {
    expect(projjson('EPSG:32645')).toMatchObject({
      type: 'ProjectedCRS',
      name: 'WGS 84 / UTM zone 45N',
      id: { authority: 'EPSG', code: 32645 },
      coordinate_system: {
        subtype: 'Cartesian',
        axis: [{ abbreviation: 'E', direction: 'east', unit: 'metre' }, {}],
      },
    });
  });

  it('is none of a height', () => {
    expect(projjson('EPSG:5703')).toBeNull();
  });
});
