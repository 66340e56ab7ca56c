import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  gdalPixels,
  makeRaster,
  UTM_TRANSFORM,
  type RasterRecipe,
} from '../../tests/fixtures/make-raster.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdal } from '../raster/gdal.ts';
import { sceneItemSchema, type SceneItem } from '../workspace/scene-record.ts';
import { ringArea } from './footprint.ts';
import { inspectScene, type SceneOptions } from './inspect-scene.ts';

const folder = temporaryFolder('inspect');
const NOW = new Date('2026-01-02T03:04:05Z');
const PLAIN: SceneOptions = {
  place: 'p',
  split: null,
  crs: null,
  noData: { kind: 'auto' },
  date: null,
  bands: null,
};
const SIZE = { width: 200, height: 150 };

let made = 0;
const make = (recipe: RasterRecipe, ending = 'tif') =>
  makeRaster(join(folder, `s${made++}.${ending}`), recipe);

async function inspect(href: string, options: Partial<SceneOptions> = {}): Promise<SceneItem> {
  const scene = await inspectScene(href, 'x', { ...PLAIN, ...options }, NOW);
  // What is written must be readable again.
  return sceneItemSchema.parse(JSON.parse(JSON.stringify(scene)));
}

const ringsOf = (scene: SceneItem): number[][][] =>
  scene.geometry.type === 'Polygon' ? scene.geometry.coordinates : scene.geometry.coordinates.flat();

describe('position', () => {
  it('UTM: code, WKT 2, transform in the order of the extension, true ground distance', async () => {
    const { properties, bbox } = await inspect(make({ ...SIZE }));
    expect(properties).toMatchObject({
      'proj:code': 'EPSG:32645',
      'proj:shape': [150, 200],
      'proj:transform': [0.5, 0, 500000, 0, -0.5, 3000000],
      'resflow:crs_assigned': false,
    });
    expect(properties['proj:wkt2']).toMatch(/^PROJCRS\[/);
    // The scale on the central meridian is 0.9996: the ground is larger than the grid.
    expect(properties['resflow:gsd_columns']).toBeCloseTo(0.5 / 0.9996, 6);
    expect(properties['resflow:gsd_rows']).toBeCloseTo(0.5 / 0.9996, 5);
    expect(bbox[0]).toBeCloseTo(87, 6);
    expect(bbox[3]).toBeCloseTo(27.1225, 3);
  });

  it('Web Mercator at 60 degrees north: half the nominal size', async () => {
    const { properties, bbox } = await inspect(
      make({ ...SIZE, epsg: 3857, transform: [1e6, 1, 0, 8399738, 0, -1] }),
    );
    expect(properties.gsd).toBeGreaterThan(0.5);
    expect(properties.gsd).toBeLessThan(0.502);
    expect(bbox[1]).toBeCloseTo(60, 2);
  });

  it('degrees, longitude first in the file, and columns shorter than rows', async () => {
    const { properties, bbox } = await inspect(
      make({ ...SIZE, epsg: 4326, transform: [10, 1e-5, 0, 60, 0, -1e-5] }),
    );
    expect(properties['proj:code']).toBe('EPSG:4326');
    expect(bbox.map((v) => Math.round(v * 1e4) / 1e4)).toEqual([10, 59.9985, 10.002, 60]);
    expect(properties['resflow:gsd_columns']).toBeCloseTo(0.558, 3);
    expect(properties['resflow:gsd_rows']).toBeCloseTo(1.114, 3);
  });

  it('a CRS whose authority puts northing first, given by the user', async () => {
    const href = make({ ...SIZE, epsg: null, transform: [1_570_000, 1, 0, 5_180_000, 0, -1] });
    const { bbox, properties } = await inspect(href, { crs: 'EPSG:2193' });
    expect(properties['resflow:crs_assigned']).toBe(true);
    // Christchurch, New Zealand.
    expect(bbox[0]).toBeCloseTo(172.63, 1);
    expect(bbox[1]).toBeCloseTo(-43.53, 1);
  });

  it('rotated: the outline turns with the raster', async () => {
    const scene = await inspect(make({ ...SIZE, transform: [500_000, 0.4, 0.3, 3_000_000, 0.3, -0.4] }));
    expect(scene.properties.gsd).toBeCloseTo(0.5, 2);
    const [ring = []] = ringsOf(scene);
    expect(ring.length).toBe(5);
    expect(new Set(ring.map(([x]) => x)).size).toBe(4);
    expect(ringArea(ring.slice(0, -1))).toBeGreaterThan(0);
  });

  it('no CRS, control points only, no position, a CRS that does not fit: each refused by its name', async () => {
    await expect(inspect(make({ ...SIZE, epsg: null }))).rejects.toMatchObject({
      code: 'NO_CRS',
      hint: expect.stringContaining('--crs') as string,
    });
    const gcps = make({
      ...SIZE,
      transform: null,
      epsg: null,
      finish: (dataset) =>
        dataset.setGCPs(
          [
            [0, 0],
            [200, 0],
            [0, 150],
            [200, 150],
          ].map(([col = 0, row = 0]) => ({
            dfGCPPixel: col,
            dfGCPLine: row,
            dfGCPX: 87 + col / 1e5,
            dfGCPY: 27 - row / 1e5,
            dfGCPZ: 0,
            pszId: '',
            pszInfo: '',
          })),
          gdal.SpatialReference.fromEPSG(4326).toWKT(),
        ),
    });
    await expect(inspect(gcps)).rejects.toMatchObject({ code: 'GCP_ONLY' });
    const bare = make({ ...SIZE, transform: null, epsg: null });
    await expect(inspect(bare, { crs: 'EPSG:32645' })).rejects.toMatchObject({ code: 'NO_GEOTRANSFORM' });
    const far = make({ ...SIZE, epsg: null, transform: [1e12, 1, 0, 1e12, 0, -1] });
    await expect(inspect(far, { crs: 'EPSG:32645' })).rejects.toMatchObject({ code: 'OFF_THE_EARTH' });
    await expect(inspect(far, { crs: 'EPSG:999999' })).rejects.toMatchObject({ code: 'BAD_CRS' });
  });
});

describe('valid pixels', () => {
  const cornered = (x: number, y: number) => x + y < 80;

  it('the footprint follows them, anticlockwise, and the share is theirs', async () => {
    const href = make({
      ...SIZE,
      bands: 3,
      noData: 0,
      pixel: (b, x, y, r) => (cornered(x, y) ? 0 : 1 + Math.floor(r() * 254)),
    });
    const scene = await inspect(href);
    expect(scene.properties['resflow:no_data']).toEqual({ kind: 'value', values: [0, 0, 0] });
    expect(scene.properties['resflow:valid_share']).toBeCloseTo(1 - 3240 / 30000, 6);
    const [ring = []] = ringsOf(scene);
    expect(ring[0]).toEqual(ring.at(-1));
    const area = ringArea(ring.slice(0, -1));
    const [w = 0, s = 0, e = 0, n = 0] = scene.bbox;
    expect(area / ((e - w) * (n - s))).toBeCloseTo(1 - 3240 / 30000, 2);
    expect(scene.assets.image.bands[0]?.statistics.minimum).toBeGreaterThan(0);
    expect(scene.assets.image.bands[0]?.statistics.valid_percent).toBeCloseTo(89.2, 1);
  });

  it('holes run clockwise; two parts make a MultiPolygon', async () => {
    const ring = await inspect(
      make({ ...SIZE, noData: 0, pixel: (b, x, y) => ((x - 100) ** 2 + (y - 75) ** 2 < 900 ? 0 : 9) }),
    );
    const [outer = [], hole = []] = ringsOf(ring);
    expect(ringArea(outer.slice(0, -1))).toBeGreaterThan(0);
    expect(ringArea(hole.slice(0, -1))).toBeLessThan(0);
    const parts = await inspect(make({ ...SIZE, noData: 0, pixel: (b, x) => (x > 90 && x < 110 ? 0 : 9) }));
    expect(parts.geometry.type).toBe('MultiPolygon');
  });

  it.each([
    [
      'alpha',
      {
        bands: 4,
        options: ['ALPHA=YES'],
        pixel: (b: number, x: number) => (b === 4 ? (x < 50 ? 0 : 255) : 7),
      },
      { kind: 'alpha', band: 4 },
    ],
    [
      'NaN in floats',
      { type: 'Float32', noData: Number.NaN, pixel: (b: number, x: number) => (x < 50 ? Number.NaN : 7) },
      { kind: 'value', values: ['nan'] },
    ],
    [
      'a value in int8',
      { options: ['PIXELTYPE=SIGNEDBYTE'], noData: -1, pixel: (b: number, x: number) => (x < 50 ? 255 : 7) },
      { kind: 'value', values: [-1] },
    ],
  ])('by %s', async (_, recipe, rule) => {
    const scene = await inspect(make({ ...SIZE, ...recipe }));
    expect(scene.properties['resflow:no_data']).toEqual(rule);
    expect(scene.properties['resflow:valid_share']).toBeCloseTo(0.75, 6);
    expect(scene.assets.image.bands[0]?.statistics).toMatchObject({
      minimum: 7,
      maximum: 7,
      mean: 7,
      stddev: 0,
    });
  });

  it('by an internal mask', async () => {
    const scene = await inspect(
      make({
        ...SIZE,
        finish: (dataset) => {
          dataset.bands.get(1).createMaskBand(2);
          const mask = Uint8Array.from({ length: 30000 }, (_, i) => (i % 200 < 50 ? 0 : 255));
          dataset.bands.get(1).getMaskBand()?.pixels.write(0, 0, 200, 150, mask);
        },
      }),
    );
    expect(scene.properties['resflow:no_data']).toEqual({ kind: 'mask' });
    expect(scene.properties['resflow:valid_share']).toBeCloseTo(0.75, 6);
  });

  it('by a colour or a value that the user gives', async () => {
    const href = make({ ...SIZE, bands: 3, pixel: (b, x) => (x < 50 ? 254 : 7) });
    const colour = { kind: 'colour' as const, colour: [255, 255, 255], tolerance: 1 };
    expect((await inspect(href, { noData: colour })).properties['resflow:valid_share']).toBeCloseTo(0.75, 6);
    const value = { kind: 'value' as const, value: 7 };
    expect((await inspect(href, { noData: value })).properties['resflow:valid_share']).toBeCloseTo(0.25, 6);
    await expect(inspect(make({ ...SIZE }), { noData: colour })).rejects.toMatchObject({
      code: 'BAD_NODATA',
    });
  });

  it('none at all is refused', async () => {
    await expect(inspect(make({ ...SIZE, noData: 5, pixel: () => 5 }))).rejects.toMatchObject({
      code: 'ALL_NO_DATA',
    });
  });
});

describe('bands and statistics', () => {
  it('are exact for a small scene', async () => {
    const href = make({ ...SIZE, bands: 2, type: 'UInt16' });
    const scene = await inspect(href);
    for (const band of scene.assets.image.bands) {
      const values = gdalPixels(href, band.index);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const stddev = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
      expect(band.statistics.mean).toBeCloseTo(mean, 6);
      expect(band.statistics.stddev).toBeCloseTo(stddev, 6);
      const histogram = band['raster:histogram'];
      expect(histogram.buckets.reduce((a, b) => a + b, 0)).toBe(values.length);
      expect([histogram.min, histogram.max]).toEqual([band.statistics.minimum, band.statistics.maximum]);
    }
  });

  it('bytes: bucket i counts the value i', async () => {
    const scene = await inspect(make({ ...SIZE, pixel: (b, x) => (x === 0 ? 0 : 255) }));
    const { buckets, min, max } = scene.assets.image.bands[0]?.['raster:histogram'] ?? {
      buckets: [],
      min: 0,
      max: 0,
    };
    expect([buckets[0], buckets[255], min, max]).toEqual([150, 29850, -0.5, 255.5]);
  });

  it.each([
    ['strips', []],
    ['tiles', ['TILED=YES']],
  ])('of a large scene in %s are near the true ones and read little', async (_, options) => {
    const size = { width: 3000, height: 2400 };
    const pixel = (b: number, x: number, y: number) =>
      Math.round(128 + 60 * Math.sin(x / 200) + 60 * Math.cos(y / 300));
    const href = make({ ...size, options, pixel });
    const values = gdalPixels(href, 1);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const stddev = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
    const { statistics, 'raster:histogram': histogram } = (await inspect(href)).assets.image.bands[0] ?? {};
    expect(Math.abs((statistics?.mean ?? 0) - mean)).toBeLessThan(3);
    expect(Math.abs((statistics?.stddev ?? 0) - stddev)).toBeLessThan(3);
    expect(histogram?.buckets.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(4_000_000);
  });

  it('finds the few valid pixels of a large scene', async () => {
    const size = { width: 3000, height: 2400 };
    const href = make({
      ...size,
      noData: 0,
      options: ['TILED=YES'],
      pixel: (b, x, y) => (Math.hypot(x - 2811, y - 33) < 30 ? 77 : 0),
    });
    const scene = await inspect(href);
    expect(scene.assets.image.bands[0]?.statistics).toMatchObject({ minimum: 77, maximum: 77 });
  });

  it('three bands of bytes are red, green, blue', async () => {
    const scene = await inspect(make({ ...SIZE, bands: 3, options: ['PHOTOMETRIC=MINISBLACK'] }));
    expect(scene.assets.image.bands.map((b) => b['eo:common_name'])).toEqual(['red', 'green', 'blue']);
  });

  it('a fourth band is infrared only if the file or the user says so', async () => {
    const recipe: RasterRecipe = { ...SIZE, bands: 4, options: ['PHOTOMETRIC=RGB', 'ALPHA=NO'] };
    const names = (scene: SceneItem) => scene.assets.image.bands.map((b) => b['eo:common_name'] ?? b.name);
    expect(names(await inspect(make(recipe)))).toEqual(['red', 'green', 'blue', 'band-4']);
    const told = join(folder, 'told.vrt');
    const plain = gdal.open(make(recipe));
    gdal.translate(told, plain, ['-of', 'VRT']).close();
    writeFileSync(
      told,
      readFileSync(told, 'utf8').replace(/band="4"[^>]*>/, '$&<Description>Near infrared</Description>'),
    );
    expect(names(await inspect(told))).toEqual(['red', 'green', 'blue', 'nir']);
    const waved = make({ ...recipe, finish: (d) => d.bands.get(4).setMetadata({ WAVELENGTH: '842' }) });
    const scene = await inspect(waved);
    expect(names(scene)).toEqual(['red', 'green', 'blue', 'nir']);
    expect(scene.assets.image.bands[3]?.['eo:center_wavelength']).toBeCloseTo(0.842, 9);
    expect(names(await inspect(make(recipe), { bands: ['nir', 'red', 'green'] }))).toEqual([
      'nir',
      'red',
      'green',
      'band-4',
    ]);
    await expect(inspect(make({ ...SIZE }), { bands: ['red', 'green'] })).rejects.toMatchObject({
      code: 'BAD_BANDS',
    });
  });
});

describe('time', () => {
  it('from the file, from the user before it, else an interval', async () => {
    const href = make({ ...SIZE, metadata: { TIFFTAG_DATETIME: '2021:06:05 10:20:30' } });
    expect((await inspect(href)).properties.datetime).toBe('2021-06-05T10:20:30.000Z');
    const said = { date: '2020-01-01T00:00:00.000Z' };
    expect((await inspect(href, said)).properties.datetime).toBe(said.date);
    const { properties } = await inspect(make({ ...SIZE }));
    expect(properties.datetime).toBeNull();
    expect(Date.parse(properties.start_datetime ?? '')).toBeLessThan(
      Date.parse(properties.end_datetime ?? ''),
    );
  });
});

describe('formats', () => {
  it('JPEG 2000 and VRT', async () => {
    const tiff = make({ width: 128, height: 96, bands: 3 });
    const source = gdal.open(tiff);
    const jp2 = join(folder, 'lossless.jp2');
    gdal.drivers.get('JP2OpenJPEG')?.createCopy(jp2, source, { QUALITY: '100', REVERSIBLE: 'YES' }).close();
    source.close();
    const scene = await inspect(jp2);
    expect(scene.assets.image.type).toBe('image/jp2');
    expect(scene.assets.image.bands.map((b) => b.statistics)).toEqual(
      (await inspect(tiff)).assets.image.bands.map((b) => b.statistics),
    );
    const vrt = join(folder, 'part.vrt');
    gdal.translate(vrt, gdal.open(tiff), ['-of', 'VRT', '-srcwin', '8', '16', '64', '48']).close();
    expect((await inspect(vrt)).properties['proj:shape']).toEqual([48, 64]);
  });

  it('NITF with its own date', async () => {
    const path = make(
      {
        width: 64,
        height: 64,
        driver: 'NITF',
        options: ['ICORDS=G', 'IDATIM=20190307112233'],
        epsg: 4326,
        transform: [87, 1e-4, 0, 27, 0, -1e-4],
      },
      'ntf',
    );
    const scene = await inspect(path);
    expect(scene.properties.datetime).toBe('2019-03-07T11:22:33.000Z');
    expect(scene.bbox[0]).toBeCloseTo(87, 3);
  });

  it('a file cut short fails cleanly', async () => {
    const href = make({
      ...SIZE,
      options: ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64'],
      transform: UTM_TRANSFORM,
    });
    writeFileSync(href, readFileSync(href).subarray(0, 20_000));
    await expect(inspect(href)).rejects.toMatchObject({ code: 'READ_FAILED' });
  });
});
