import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PMTiles, type Source } from 'pmtiles';
import { describe, expect, it } from 'vitest';
import { mappedObject } from '../../tests/fixtures/tracing.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdal } from '../raster/gdal.ts';
import { openPmtiles } from './pmtiles-sink.ts';
import type { MappedObject } from './schema.ts';

const folder = temporaryFolder('pmtiles-sink');

/** A square of `side` degrees. */
const square = (id: string, lon: number, lat: number, side: number): MappedObject => ({
  ...mappedObject(id, 0, 0),
  polygons: [
    [
      Float64Array.of(lon, lat, lon + side, lat, lon + side, lat + side, lon, lat + side),
      ...(side > 0.001
        ? [
            Float64Array.of(
              lon + side / 4,
              lat + side / 4,
              lon + side / 4,
              lat + side / 2,
              lon + side / 2,
              lat + side / 4,
            ),
          ]
        : []),
    ],
  ],
});

async function write(name: string, objects: readonly MappedObject[]): Promise<PMTiles> {
  const path = join(folder, name);
  const sink = await openPmtiles({
    path,
    format: 'pmtiles',
    layer: 'buildings',
    crs: 'OGC:CRS84',
    bounds: [39.2, -6.2, 39.3, -6.1],
    gsdMetres: 0.5,
  });
  await sink.write(objects);
  await sink.finish();
  return new PMTiles(fileSource(path));
}

function fileSource(path: string): Source {
  const bytes = readFileSync(path);
  return {
    getKey: () => path,
    getBytes: (offset, length) =>
      Promise.resolve({ data: new Uint8Array(bytes.subarray(offset, offset + length)).buffer }),
  };
}

/** Features of a tile as GDAL's MVT driver reads them, in Web Mercator metres. */
async function tileFeatures(archive: PMTiles, z: number, x: number, y: number) {
  const tile = await archive.getZxy(z, x, y);
  if (tile === undefined) return [];
  const path = join(folder, `${z}-${x}-${y}.mvt`);
  writeFileSync(path, Buffer.from(tile.data));
  const dataset = gdal.open(`MVT:${path}`);
  const found = dataset.layers.get('buildings').features.map((feature) => ({
    id: String(feature.fields.get('id')),
    geometry: feature.getGeometry() ?? new gdal.Polygon(),
  }));
  dataset.close();
  return found;
}

const address = (lon: number, lat: number, z: number) => {
  const phi = (lat * Math.PI) / 180;
  const at = (share: number) => Math.floor(share * 2 ** z);
  return [at(lon / 360 + 0.5), at(0.5 - Math.asinh(Math.tan(phi)) / (2 * Math.PI))] as const;
};

describe('PMTiles', () => {
  it('hold every object at the last zoom, in tiles that GDAL reads', async () => {
    const objects = Array.from({ length: 400 }, (_, i) =>
      square(
        `o${i}`,
        39.2 + (i % 20) * 0.004,
        -6.2 + Math.floor(i / 20) * 0.004,
        i % 3 === 0 ? 0.002 : 0.0001,
      ),
    );
    const archive = await write('objects.pmtiles', objects);
    const header = await archive.getHeader();
    expect(readdirSync(folder).filter((name) => name.includes('.tmp-'))).toEqual([]);
    expect(header).toMatchObject({ specVersion: 3, tileType: 1, clustered: true, minZoom: 6, maxZoom: 16 });
    expect([header.minLon, header.maxLat]).toEqual([39.2, -6.1]);
    expect(await archive.getMetadata()).toMatchObject({ vector_layers: [{ id: 'buildings' }] });
    for (const i of [0, 1, 57, 399]) {
      const [outer = new Float64Array(0)] = objects[i]?.polygons[0] ?? [];
      const [lon = 0, lat = 0] = outer;
      const found = await tileFeatures(archive, 16, ...address(lon + 0.00001, lat + 0.00001, 16));
      expect(found.map(({ id }) => id)).toContain(`o${i}`);
      for (const { geometry } of found) expect(geometry.isValid()).toBe(true);
    }
  });

  it('keep about the area of what is too small to see, and show large things at every zoom', async () => {
    const small = Array.from({ length: 2500 }, (_, i) =>
      square(`s${i}`, 39.2 + (i % 50) * 0.0002, -6.2 + Math.floor(i / 50) * 0.0002, 0.0001),
    );
    const archive = await write('small.pmtiles', [...small, square('large', 39.23, -6.2, 0.05)]);
    const { minZoom, maxZoom } = await archive.getHeader();
    for (let z = minZoom; z <= maxZoom; z += 1) {
      const found = await tileFeatures(archive, z, ...address(39.231, -6.199, z));
      expect(
        found.map(({ id }) => id),
        `zoom ${z}`,
      ).toContain('large');
    }
    const atTen = await tileFeatures(archive, 10, ...address(39.201, -6.199, 10));
    const areas = atTen
      .filter(({ id }) => id !== 'large')
      .reduce((sum, { geometry }) => sum + (geometry as InstanceType<typeof gdal.Polygon>).getArea(), 0);
    const metres = 111_319.49 ** 2 / Math.cos((6.2 * Math.PI) / 180);
    expect(areas / (2500 * 0.0001 ** 2 * metres)).toBeGreaterThan(0.7);
    expect(areas / (2500 * 0.0001 ** 2 * metres)).toBeLessThan(1.4);
    expect(atTen.length).toBeLessThan(100);
  });
});
