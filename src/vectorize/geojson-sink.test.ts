import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mappedObject } from '../../tests/fixtures/tracing.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdal } from '../raster/gdal.ts';
import { openGeoJson } from './geojson-sink.ts';

const folder = temporaryFolder('geojson-sink');

describe('GeoJSON', () => {
  it('cuts what crosses the antimeridian, and loses nothing', async () => {
    const path = join(folder, 'crossing.geojson');
    const sink = await openGeoJson({
      path,
      format: 'geojson',
      layer: 'ice',
      crs: 'OGC:CRS84',
      bounds: [-180, 60, 180, 70],
      gsdMetres: 10,
    });
    const outer = Float64Array.of(179, 64, -179, 64, -179, 66, 179, 66);
    const hole = Float64Array.of(179.5, 64.5, 179.5, 65.5, -179.5, 65.5, -179.5, 64.5);
    await sink.write([{ ...mappedObject('a', 0, 0), polygons: [[outer, hole]] }, mappedObject('b', 10, 50)]);
    await sink.finish();
    const { features } = JSON.parse(readFileSync(path, 'utf8')) as {
      features: { id: string; geometry: { type: string; coordinates: number[][][][] } }[];
    };
    const [cut, whole] = features;
    expect([cut?.geometry.type, whole?.geometry.type]).toEqual(['MultiPolygon', 'Polygon']);
    expect(cut?.geometry.coordinates.flat(2).every(([lon = 999]) => Math.abs(lon) <= 180)).toBe(true);
    const geometry = gdal.Geometry.fromGeoJson(cut?.geometry ?? {}) as InstanceType<typeof gdal.MultiPolygon>;
    expect(geometry.isValid()).toBe(true);
    expect(geometry.getArea()).toBeCloseTo(4 - 1, 9);
    for (const polygon of cut?.geometry.coordinates ?? []) {
      const area = (polygon[0] ?? []).reduce((sum, [x = 0, y = 0], i, ring) => {
        const [nextX = 0, nextY = 0] = ring[(i + 1) % ring.length] ?? [];
        return sum + x * nextY - nextX * y;
      }, 0);
      expect(area).toBeGreaterThan(0);
    }
  });
});
