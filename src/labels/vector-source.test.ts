import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expected, expectSame, FEATURES, HEIGHT, labelling, WIDTH } from '../../tests/fixtures/labelling.ts';
import { ringsIn, writeGeoJson, writeVector } from '../../tests/fixtures/labelled-scene.ts';
import { PROJJSON_UTM37S, writeGeoParquet } from '../../tests/fixtures/write-geoparquet.ts';
import { gdal } from '../raster/gdal.ts';
import { rasteriseLabels, readLabelObjects } from './rasterise-labels.ts';

const { add, at, rasterise, target } = labelling('vector-source');
const byKind = { className: null, attribute: 'kind' } as const;
const idOf = (kind: string) => (kind === 'water' ? 2 : 1);

describe('vectors', () => {
  it.each(['OGC:CRS84', 'EPSG:3857', 'EPSG:32737', 'EPSG:32736'])(
    'GeoJSON in %s lands on the right pixels',
    async (crs) => {
      const record = await add(writeGeoJson(at(`${crs.replace(':', '')}.geojson`), FEATURES, crs), byKind);
      expectSame(await rasterise(record), expected(idOf, 255));
      expect(record.coverage).toMatchObject([{ scene: 'scene', objects: 3 }]);
    },
  );

  it.each([
    ['FlatGeobuf', 'a.fgb', 'EPSG:32737'],
    ['FlatGeobuf', 'b.fgb', 'EPSG:4326'],
    ['GPKG', 'a.gpkg', 'EPSG:4326'],
    ['ESRI Shapefile', 'a.shp', 'EPSG:32737'],
    ['ESRI Shapefile', 'b.shp', 'EPSG:4326'],
  ])('%s (%s, %s) lands on the right pixels', async (driver, name, crs) => {
    const record = await add(writeVector(at(name), driver, FEATURES, crs), byKind);
    expectSame(await rasterise(record), expected(idOf, 255));
  });

  it('GeoParquet is read through DuckDB, its CRS from the metadata', async () => {
    const path = await writeGeoParquet(at('labels.parquet'), 'OGC:CRS84', undefined);
    expectSame(await rasterise(await add(path, byKind)), expected(idOf, 255));
    const utm = gdal.SpatialReference.fromEPSG(32737);
    expect(utm.isProjected()).toBe(true);
    const other = await writeGeoParquet(at('utm.parquet'), 'EPSG:32737', PROJJSON_UTM37S);
    expectSame(await rasterise(await add(other, byKind)), expected(idOf, 255));
  });

  it('a file without CRS is refused, and taken with --crs', async () => {
    const path = writeVector(at('nocrs.shp'), 'ESRI Shapefile', FEATURES, null);
    await expect(add(path)).rejects.toMatchObject({
      code: 'LABEL_NO_CRS',
      message: expect.stringContaining('nocrs.shp') as string,
    });
    expectSame(await rasterise(await add(path, { ...byKind, crs: 'EPSG:3857' })), expected(idOf, 255));
  });

  it('objects come as polygons in grid pixels, in painting order', async () => {
    const record = await add(writeGeoJson(at('objects.geojson'), FEATURES), byKind);
    const objects = await readLabelObjects(target(), [record]);
    expect(objects.map(({ classId }) => classId)).toEqual([1, 2, 1]);
    const [first] = objects;
    expect(first?.rings).toHaveLength(2);
    expect(first?.box.minX).toBeCloseTo(10.2, 3);
    expect(first?.box.maxY).toBeCloseTo(50.3, 3);
  });

  it('a window does not change a pixel, and beyond the scene nothing is stated', async () => {
    const record = await add(writeGeoJson(at('window.geojson'), FEATURES), {
      ...byKind,
      complete: { kind: 'scene' },
    });
    const window = { x: -13, y: 17, width: 71, height: 400 };
    const part = await rasteriseLabels(target(), window, [record]);
    const full = expected(idOf, 0);
    part.forEach((id, i) => {
      const [x, y] = [window.x + (i % window.width), window.y + Math.floor(i / window.width)];
      const inGrid = x >= 0 && y < HEIGHT;
      if (id !== (inGrid ? full[y * WIDTH + x] : 255)) expect.fail(`pixel ${x},${y} is ${id}`);
    });
  });

  it('lines are refused without a width, and widened with one', async () => {
    const [[line = []] = []] = [
      ringsIn('OGC:CRS84', [
        [
          [20, 80.5],
          [180, 80.5],
        ],
      ]),
    ];
    const path = at('lines.geojson');
    writeFileSync(
      path,
      JSON.stringify({
        type: 'Feature',
        properties: {},
        geometry: { type: 'LineString', coordinates: line.slice(0, 2) },
      }),
    );
    await expect(add(path)).rejects.toMatchObject({
      code: 'LABEL_NOT_POLYGONS',
      hint: expect.stringContaining('--buffer') as string,
    });
    const { gsdMetres } = target().grid;
    const ids = await rasterise(await add(path, { bufferMetres: 2.9 * gsdMetres }));
    const column = Array.from({ length: HEIGHT }, (_, y) => ids[y * WIDTH + 100]);
    expect(column.flatMap((id, y) => (id === 1 ? [y] : []))).toEqual([78, 79, 80, 81, 82]);
  });
});
