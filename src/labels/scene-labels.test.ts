import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  application,
  makeScene,
  MERCATOR_TRANSFORM,
  ringsIn,
  square,
  writeGeoJson,
  writeVector,
  type PixelFeature,
} from '../../tests/fixtures/labelled-scene.ts';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdal } from '../raster/gdal.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { prepareLabels, validityCache, type LabelRequest } from './add-labels.ts';
import { measureShares, sampleValidity } from './measure-coverage.ts';
import { rasteriseLabels, readLabelObjects } from './rasterise-labels.ts';

const folder = temporaryFolder('labels');
const app = application();
const [W, H] = [200, 160];
const whole = { x: 0, y: 0, width: W, height: H };
const at = (name: string) => join(folder, name);

let scene: SceneItem;
beforeAll(async () => {
  scene = await makeScene(folder, 'scene');
});

/** Corners off the pixel centres, so that a reprojection's last digits move no pixel. */
const FEATURES: readonly PixelFeature[] = [
  { rings: [square(10.2, 20.3, 30), square(20.2, 30.3, 8)], properties: { kind: 'building' } },
  { rings: [square(100.2, 50.3, 40)], properties: { kind: 'water' } },
  { rings: [square(120.2, 70.3, 40)], properties: { kind: 'building' } },
];

/** What the features are on the scene's own grid, by hand. */
function expected(classOf: (kind: string) => number, rest: number): Uint8Array {
  const out = new Uint8Array(W * H).fill(rest);
  for (const { rings, properties } of FEATURES) {
    for (let i = 0; i < out.length; i++) {
      const [x, y] = [(i % W) + 0.5, Math.floor(i / W) + 0.5];
      const inRing = rings.map((ring) => {
        const [[x0 = 0, y0 = 0] = [], , [x1 = 0, y1 = 0] = []] = ring;
        return x > x0 && x < x1 && y > y0 && y < y1;
      });
      if (inRing[0] === true && inRing[1] !== true) out[i] = classOf(String(properties?.['kind']));
    }
  }
  return out;
}

const request = (change: Partial<LabelRequest> = {}): LabelRequest => ({
  className: 'building',
  attribute: null,
  map: [],
  layer: null,
  crs: null,
  bufferMetres: null,
  complete: { kind: 'none' },
  named: null,
  ...change,
});

async function add(
  path: string,
  change: Partial<LabelRequest> = {},
  scenes: readonly SceneItem[] = [scene],
): Promise<LabelSource> {
  const { record } = await prepareLabels(app, path, request(change), {
    scenes,
    created: '2024-01-01T00:00:00.000Z',
    validity: validityCache(app.gsdMetres),
  });
  return record;
}

const grid = () => sceneGrid(scene, null);
const rasterise = (...sources: LabelSource[]) =>
  rasteriseLabels({ scene, grid: grid(), app }, whole, sources);
/** Compares pixel by pixel, and names the first that differ. */
function expectSame(found: Uint8Array, wanted: Uint8Array): void {
  const wrong = [...found.keys()].filter((i) => found[i] !== wanted[i]);
  expect(
    wrong.slice(0, 5).map((i) => ({ x: i % W, y: Math.floor(i / W), is: found[i], wanted: wanted[i] })),
  ).toEqual([]);
  expect(found.length).toBe(wanted.length);
}

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
    const objects = await readLabelObjects({ scene, grid: grid(), app }, [record]);
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
    const part = await rasteriseLabels({ scene, grid: grid(), app }, window, [record]);
    const full = expected(idOf, 0);
    part.forEach((id, i) => {
      const [x, y] = [window.x + (i % window.width), window.y + Math.floor(i / window.width)];
      const inGrid = x >= 0 && y < H;
      if (id !== (inGrid ? full[y * W + x] : 255)) expect.fail(`pixel ${x},${y} is ${id}`);
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
    const { gsdMetres } = grid();
    const ids = await rasterise(await add(path, { bufferMetres: 2.9 * gsdMetres }));
    const column = Array.from({ length: H }, (_, y) => ids[y * W + 100]);
    expect(column.flatMap((id, y) => (id === 1 ? [y] : []))).toEqual([78, 79, 80, 81, 82]);
  });
});

describe('completeness', () => {
  it('none: only objects state anything', async () => {
    const record = await add(writeGeoJson(at('none.geojson'), FEATURES));
    expectSame(
      await rasterise(record),
      expected(() => 1, 255),
    );
  });
  it('scene: everything else is background', async () => {
    const record = await add(writeGeoJson(at('all.geojson'), FEATURES), { complete: { kind: 'scene' } });
    expectSame(
      await rasterise(record),
      expected(() => 1, 0),
    );
  });
  it('polygons: background within them only', async () => {
    const href = writeGeoJson(at('area.geojson'), [{ rings: [square(5.2, 5.3, 100)] }], 'EPSG:32737');
    const ids = await rasterise(
      await add(writeGeoJson(at('within.geojson'), FEATURES), { complete: { kind: 'polygons', href } }),
    );
    const wanted = expected(() => 1, 255);
    wanted.forEach((id, i) => {
      const [x, y] = [(i % W) + 0.5, Math.floor(i / W) + 0.5];
      if (id === 255 && x > 5.2 && x < 105.2 && y > 5.3 && y < 105.3) wanted[i] = 0;
    });
    expectSame(ids, wanted);
  });
  it('of a later source does not erase what an earlier one states', async () => {
    const [first, , third] = FEATURES;
    if (first === undefined || third === undefined) throw new Error('fixture');
    const earlier = await add(writeGeoJson(at('earlier.geojson'), [first]));
    const later = await add(writeGeoJson(at('later.geojson'), [third]), {
      className: 'water',
      complete: { kind: 'scene' },
    });
    const ids = await rasterise(earlier, later);
    expect([ids[25 * W + 15], ids[100 * W + 140], ids[0]]).toEqual([1, 2, 0]);
  });
});

describe('class rasters', () => {
  const value = (x: number, y: number) => (x >= 50 && x < 90 && y >= 40 && y < 100 ? 3 : x < 20 ? 9 : 0);

  it("on the scene's own grid, unnamed values unlabelled", async () => {
    const path = makeRaster(at('classes.tif'), {
      width: W,
      height: H,
      epsg: 3857,
      transform: MERCATOR_TRANSFORM,
      pixel: (_, x, y) => value(x, y),
    });
    const record = await add(path, { className: null, map: ['3=building', '0=background'] });
    const ids = await rasterise(record);
    for (let i = 0; i < ids.length; i++) {
      const v = value(i % W, Math.floor(i / W));
      if (ids[i] !== (v === 3 ? 1 : v === 9 ? 255 : 0)) expect.fail(`pixel ${i} is ${ids[i]} for ${v}`);
    }
    expect(record.coverage[0]?.labelledShare).toBeCloseTo(0.9, 2);
  });

  it('in another CRS, by the label pixel under the centre', async () => {
    // 8 m stripes across a larger area around the scene, in UTM.
    const centre = new gdal.CoordinateTransformation(
      gdal.SpatialReference.fromEPSG(3857),
      gdal.SpatialReference.fromEPSG(32737),
    ).transformPoint(4_370_050, -690_040);
    const [x0, y0] = [Math.round(centre.x) - 100, Math.round(centre.y) + 100];
    const stripe = (x: number) => Math.floor(x / 8) % 2;
    const path = makeRaster(at('stripes.tif'), {
      width: 200,
      height: 200,
      epsg: 32737,
      transform: [x0, 1, 0, y0, 0, -1],
      pixel: (_, x) => stripe(x),
    });
    const ids = await rasterise(await add(path, { className: null, map: ['1=building', '0=water'] }));
    const transform = new gdal.CoordinateTransformation(
      gdal.SpatialReference.fromEPSG(3857),
      gdal.SpatialReference.fromEPSG(32737),
    );
    const wrong: number[] = [];
    for (let i = 0; i < ids.length; i += 7) {
      const { x } = transform.transformPoint(
        4_370_000 + ((i % W) + 0.5) * 0.5,
        -690_000 - (Math.floor(i / W) + 0.5) * 0.5,
      );
      const column = x - x0;
      // Rounding in the last digits may fall on either side of a border between label pixels.
      if (
        Math.abs(column - Math.round(column)) > 0.001 &&
        ids[i] !== (stripe(Math.floor(column)) === 1 ? 1 : 2)
      )
        wrong.push(i);
    }
    expect(wrong).toEqual([]);
  });

  it('without georeferencing lie pixel on pixel, if the scene is named', async () => {
    const path = makeRaster(at('plain.png.tif'), {
      width: W,
      height: H,
      epsg: null,
      transform: null,
      pixel: (_, x, y) => value(x, y),
    });
    const source = gdal.open(path);
    gdal.drivers.get('PNG').createCopy(at('plain.png'), source).close();
    source.close();
    const named = { className: null, map: ['3=building'], named: ['scene'] };
    const ids = await rasterise(await add(at('plain.png'), named));
    expect(ids.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0)).toBe(40 * 60);
    expect(ids[40 * W + 50]).toBe(1);
    await expect(add(at('plain.png'), { ...named, named: null })).rejects.toMatchObject({
      code: 'LABEL_NO_GEOREFERENCE',
    });
    const small = makeRaster(at('small.tif'), { width: 10, height: 10, epsg: null, transform: null });
    await expect(add(small, named)).rejects.toMatchObject({
      code: 'LABEL_NO_GEOREFERENCE',
      message: expect.stringContaining('10 x 10') as string,
    });
  });

  it('need a map, and the message names the values', async () => {
    const path = makeRaster(at('values.tif'), {
      width: W,
      height: H,
      epsg: 3857,
      transform: MERCATOR_TRANSFORM,
      pixel: (_, x, y) => value(x, y),
    });
    await expect(add(path)).rejects.toMatchObject({
      code: 'LABEL_MAP_MISSING',
      message: expect.stringContaining('0, 3, 9') as string,
    });
  });
});

describe('shares', () => {
  it('are of valid pixels; no-data pixels carry no label', async () => {
    const holed = await makeScene(folder, 'holed', {
      recipe: { noData: 0, pixel: (band, x) => (x < 50 ? 0 : 10 + band) },
    });
    const record = await add(
      writeGeoJson(at('holed.geojson'), [{ rings: [square(0, 0, 100)] }]),
      { complete: { kind: 'scene' } },
      [holed],
    );
    const [coverage] = record.coverage;
    expect(coverage?.labelledShare).toBe(1);
    // 50 x 100 of the 150 x 160 valid pixels.
    expect(coverage?.classShares['building']).toBeCloseTo(5000 / 24000, 2);
    const sample = await sampleValidity(holed, 0.5);
    expect(sample.valid.includes(0)).toBe(true);
    const shares = await measureShares(sample, app, [{ ...record, complete: { kind: 'none' } }]);
    expect(shares.labelledShare).toBeCloseTo(5000 / 24000, 2);
  });
});

/** PROJJSON of EPSG:32737, shortened to what PROJ needs. */
const PROJJSON_UTM37S = {
  type: 'ProjectedCRS',
  name: 'WGS 84 / UTM zone 37S',
  base_crs: {
    name: 'WGS 84',
    datum: {
      type: 'GeodeticReferenceFrame',
      name: 'World Geodetic System 1984',
      ellipsoid: { name: 'WGS 84', semi_major_axis: 6378137, inverse_flattening: 298.257223563 },
    },
    coordinate_system: {
      subtype: 'ellipsoidal',
      axis: [
        { name: 'Geodetic latitude', abbreviation: 'Lat', direction: 'north', unit: 'degree' },
        { name: 'Geodetic longitude', abbreviation: 'Lon', direction: 'east', unit: 'degree' },
      ],
    },
  },
  conversion: {
    name: 'UTM zone 37S',
    method: { name: 'Transverse Mercator', id: { authority: 'EPSG', code: 9807 } },
    parameters: [
      { name: 'Latitude of natural origin', value: 0, unit: 'degree', id: { authority: 'EPSG', code: 8801 } },
      {
        name: 'Longitude of natural origin',
        value: 39,
        unit: 'degree',
        id: { authority: 'EPSG', code: 8802 },
      },
      {
        name: 'Scale factor at natural origin',
        value: 0.9996,
        unit: 'unity',
        id: { authority: 'EPSG', code: 8805 },
      },
      { name: 'False easting', value: 500000, unit: 'metre', id: { authority: 'EPSG', code: 8806 } },
      { name: 'False northing', value: 10000000, unit: 'metre', id: { authority: 'EPSG', code: 8807 } },
    ],
  },
  coordinate_system: {
    subtype: 'Cartesian',
    axis: [
      { name: 'Easting', abbreviation: 'E', direction: 'east', unit: 'metre' },
      { name: 'Northing', abbreviation: 'N', direction: 'north', unit: 'metre' },
    ],
  },
  id: { authority: 'EPSG', code: 32737 },
};

async function writeGeoParquet(path: string, crs: string, projjson: unknown): Promise<string> {
  const geo = {
    version: '1.1.0',
    primary_column: 'shape',
    columns: {
      shape: {
        encoding: 'WKB',
        geometry_types: ['Polygon'],
        ...(projjson === undefined ? {} : { crs: projjson }),
      },
    },
  };
  const values = FEATURES.map(({ rings, properties }) => {
    const wkb = gdal.Geometry.fromGeoJson({ type: 'Polygon', coordinates: ringsIn(crs, rings) }).toWKB();
    return `('${String(properties?.['kind'])}', from_hex('${wkb.toString('hex')}'))`;
  });
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const table = `SELECT * FROM (VALUES ${values.join(', ')}) AS t(kind, shape)`;
  await connection.run(
    `COPY (${table}) TO '${path}' (FORMAT parquet, KV_METADATA {geo: '${JSON.stringify(geo)}'})`,
  );
  connection.closeSync();
  return path;
}
