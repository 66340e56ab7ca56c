import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cogValidatorMissing, validateCogs } from '../../tests/support/cog-validator.ts';
import {
  CLASS_LAYER,
  CONFIDENCE_LAYER,
  seededRaster,
  writeMap,
  type Raster,
} from '../../tests/support/layers.ts';
import { readDirectories } from '../../tests/support/tiff-directories.ts';
import { isTemporary, temporaryFolder } from '../../tests/support/workspace.ts';
import { digestOfFile } from '../core/digest.ts';
import { gdal, type Dataset, type RasterBand } from '../raster/gdal.ts';
import type { LayerSpec } from './layer.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('mosaic');
});
afterAll(() => folder.remove());

const layersOf = (size: { width: number; height: number }, seed: number) =>
  [CLASS_LAYER, CONFIDENCE_LAYER].map((spec, index) => ({
    spec,
    raster: seededRaster(spec, size, seed + index),
  }));

/** Where two rasters differ first, or null: comparing megabytes by expect takes minutes. */
function difference(actual: Raster, expected: Raster): string | null {
  if (actual.width !== expected.width || actual.height !== expected.height) {
    return `${actual.width}x${actual.height} pixels for ${expected.width}x${expected.height}`;
  }
  const at = actual.data.findIndex((value, index) => value !== expected.data[index]);
  if (at < 0) return null;
  return `${actual.data[at]} for ${expected.data[at]} at column ${at % actual.width}, row ${Math.floor(at / actual.width)}`;
}

function readBand(band: RasterBand): Raster {
  const { x: width, y: height } = band.size;
  return { width, height, data: band.pixels.read(0, 0, width, height, new Uint8Array(width * height)) };
}

/** The next level of the pyramid, pixel by pixel as defined. */
function halved({ width, height, data }: Raster, spec: LayerSpec): Raster {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new Uint8Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const quad: number[] = [];
      for (const [column, row] of [
        [2 * x, 2 * y],
        [2 * x + 1, 2 * y],
        [2 * x, 2 * y + 1],
        [2 * x + 1, 2 * y + 1],
      ] as const) {
        const value = data[row * width + column] ?? spec.noData;
        if (column < width && row < height && value !== spec.noData) quad.push(value);
      }
      out[y * w + x] = quad.length === 0 ? spec.noData : spec.kind === 'class' ? mode(quad) : mean(quad);
    }
  }
  return { width: w, height: h, data: out };
}

const mean = (values: readonly number[]): number =>
  Math.round(values.reduce((a, b) => a + b) / values.length);

function mode(values: readonly number[]): number {
  const count = (value: number) => values.filter((other) => other === value).length;
  return Math.min(...values.filter((value) => count(value) === Math.max(...values.map(count))));
}

const SIZES = [
  { width: 1, height: 1, blockPixels: 512, region: 512 },
  { width: 511, height: 513, blockPixels: 512, region: 512 },
  { width: 1025, height: 700, blockPixels: 512, region: 1024 },
  { width: 997, height: 773, blockPixels: 64, region: 128 },
  { width: 17, height: 900, blockPixels: 16, region: 48 },
];

describe.each(SIZES)('a map of $width x $height in blocks of $blockPixels', (size) => {
  test('gives back base and overviews to GDAL, pixel for pixel', async () => {
    const { region, blockPixels } = size;
    const rasters = layersOf(size, 11);
    const paths = await writeMap({
      folder: join(folder.path, `${size.width}`),
      rasters,
      region,
      blockPixels,
    });
    for (const { spec, raster } of rasters) {
      const dataset = gdal.open(paths[spec.name] ?? '');
      const band = dataset.bands.get(1);
      expect(band.noDataValue).toBe(spec.noData);
      expect(difference(readBand(band), raster)).toBeNull();
      let level = raster;
      let levels = 0;
      for (; level.width > blockPixels || level.height > blockPixels; levels++) {
        level = halved(level, spec);
        expect(difference(readBand(band.overviews.get(levels)), level)).toBeNull();
      }
      expect(band.overviews.count()).toBe(levels);
      dataset.close();
    }
  });
});

test('the region size changes no byte of the map, whether regions nest in the overviews or not', async () => {
  for (const { size, blockPixels, regions } of [
    { size: { width: 1900, height: 1301 }, blockPixels: 64, regions: [64, 192, 256, 448, 1024, 2048] },
    { size: { width: 2700, height: 1400 }, blockPixels: 512, regions: [512, 1024, 4096] },
  ]) {
    const rasters = layersOf(size, 3);
    const digests: string[][] = [];
    for (const region of regions) {
      const paths = await writeMap({
        folder: join(folder.path, `regions-${blockPixels}`),
        rasters,
        region,
        blockPixels,
      });
      digests.push(await Promise.all(Object.values(paths).map(digestOfFile)));
    }
    expect(new Set(digests.map((pair) => pair.join())).size).toBe(1);
  }
});

describe('georeference', () => {
  const oblique =
    'PROJCS["Site grid",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",27.5],PARAMETER["central_meridian",85.25],PARAMETER["scale_factor",0.99995],PARAMETER["false_easting",12345],PARAMETER["false_northing",-678],UNIT["metre",1]]';
  const north = [345_678.25, 0.3, 0, 3_041_234.5, 0, -0.3] as const;
  const cases = [
    { name: 'a code', wkt: gdal.SpatialReference.fromEPSG(32645).toWKT(), transform: north },
    { name: 'Web Mercator', wkt: gdal.SpatialReference.fromEPSG(3857).toWKT(), transform: north },
    {
      name: 'degrees',
      wkt: gdal.SpatialReference.fromEPSG(4326).toWKT(),
      transform: [85.5, 1e-6, 0, 27.6, 0, -1e-6] as const,
    },
    { name: 'a projection without code', wkt: oblique, transform: north },
    {
      name: 'a rotated grid',
      wkt: oblique,
      transform: [345_678.25, 0.26, 0.15, 3_041_234.5, 0.15, -0.26] as const,
    },
    {
      name: 'a CRS that GeoTIFF cannot hold',
      wkt: gdal.SpatialReference.fromUserInput(
        '+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39 +lon_0=18 +R=6371000',
      ).toWKT(),
      transform: north,
    },
    { name: 'no CRS', wkt: null, transform: north },
  ];
  test.each(cases)('$name comes back', async ({ name, wkt, transform }) => {
    const rasters = [
      { spec: CONFIDENCE_LAYER, raster: seededRaster(CONFIDENCE_LAYER, { width: 70, height: 40 }, 1) },
    ];
    const paths = await writeMap(
      { folder: join(folder.path, name), rasters, region: 512, blockPixels: 512 },
      { place: { wkt, transform } },
    );
    const dataset = gdal.open(paths['confidence'] ?? '');
    transform.forEach((value, index) => expect(dataset.geoTransform?.[index]).toBeCloseTo(value, 9));
    const same =
      wkt === null ? dataset.srs === null : dataset.srs?.isSame(gdal.SpatialReference.fromWKT(wkt));
    expect(same).toBe(true);
    dataset.close();
  });
});

describe('what a reader sees without clicks', () => {
  let dataset: Dataset;
  let path = '';
  beforeAll(async () => {
    const rasters = layersOf({ width: 600, height: 600 }, 5);
    const options = { metadata: { RUN: 'r-1', APPLICATION: 'a "b" & <c>\u0001' } };
    const paths = await writeMap(
      { folder: join(folder.path, 'names'), rasters, region: 512, blockPixels: 512 },
      options,
    );
    path = paths['class'] ?? '';
    dataset = gdal.open(path);
  });
  afterAll(() => dataset.close());

  test('colours are inside, of classes and of no other', () => {
    const table = dataset.bands.get(1).colorTable;
    for (const { value, colour } of CLASS_LAYER.palette ?? []) {
      const { c1, c2, c3, c4 } = table?.get(value) ?? { c1: 0, c2: 0, c3: 0, c4: 0 };
      expect(`#${[c1, c2, c3].map((c) => c.toString(16).padStart(2, '0')).join('')}`).toBe(colour);
      expect(c4).toBe(255);
    }
    expect(table?.get(255).c4).toBe(0);
  });

  test('class names are in the file, as categories and in the attribute table', () => {
    const band = dataset.bands.get(1);
    expect(band.categoryNames).toEqual(['background', 'building <1 & tall>', '', '', 'Straße']);
    expect(band.getMetadata()).toMatchObject({
      CLASS_0: 'background',
      CLASS_1: 'building <1 & tall>',
      CLASS_4: 'Straße',
    });
    expect(band.description).toBe(CLASS_LAYER.description);
    expect(gdal.info(dataset)).toMatch(
      /<Row index="1">\s*<F>1<\/F>\s*<F>building &lt;1 &amp; tall&gt;<\/F>\s*<F>214<\/F>/,
    );
  });

  test('metadata and scale come back as given', async () => {
    expect(dataset.getMetadata()).toMatchObject({ RUN: 'r-1', APPLICATION: 'a "b" & <c>\u{FFFD}' });
    const confidence = gdal.open(path.replace('class-', 'confidence-'));
    expect(confidence.bands.get(1).scale).toBeCloseTo(1 / 255, 12);
    confidence.close();
    const style = await readFile(path.replace('.tif', '.qml'), 'utf8');
    expect(style.match(/<paletteEntry /g)).toHaveLength(3);
    expect(style).toContain('<paletteEntry value="4" color="#1f77b4" label="Straße" alpha="255"/>');
  });
});

test('blocks of nothing but no-data take no bytes and read as no-data', async () => {
  const size = { width: 1300, height: 1300 };
  const raster: Raster = { ...size, data: new Uint8Array(1300 * 1300).fill(255) };
  raster.data[600 * 1300 + 600] = 1;
  const rasters = [{ spec: CLASS_LAYER, raster }];
  const paths = await writeMap({
    folder: join(folder.path, 'sparse'),
    rasters,
    region: 512,
    blockPixels: 512,
  });
  const band = gdal.open(paths['class'] ?? '').bands.get(1);
  expect(difference(readBand(band), raster)).toBeNull();
  // Of 3x3, 2x2 and 1 blocks only the one with the pixel is stored at each level.
  const directories = readDirectories(await readFile(paths['class'] ?? ''));
  expect(directories.map(({ byteCounts }) => byteCounts.filter((bytes) => bytes > 0).length)).toEqual([
    1, 1, 1,
  ]);
  for (const { byteCounts, offsets } of directories) {
    expect(offsets.map((offset) => offset > 0)).toEqual(byteCounts.map((bytes) => bytes > 0));
  }
});

test('BigTIFF holds the same pixels', async () => {
  const rasters = layersOf({ width: 1100, height: 900 }, 8);
  const where = { rasters, region: 512, blockPixels: 512 };
  const classic = await writeMap({ ...where, folder: join(folder.path, 'classic') });
  const big = await writeMap({ ...where, folder: join(folder.path, 'big') }, { form: 'big' });
  for (const { spec, raster } of rasters) {
    const head = await readFile(big[spec.name] ?? '');
    expect([...head.subarray(0, 4)]).toEqual([0x49, 0x49, 43, 0]);
    expect((await readFile(classic[spec.name] ?? '')).readUInt16LE(2)).toBe(42);
    const dataset = gdal.open(big[spec.name] ?? '');
    expect(difference(readBand(dataset.bands.get(1)), raster)).toBeNull();
    expect(
      difference(readBand(dataset.bands.get(1).overviews.get(1)), halved(halved(raster, spec), spec)),
    ).toBeNull();
    dataset.close();
  }
});

const missing = cogValidatorMissing();
test.skipIf(missing !== null)(
  `rio-cogeo finds nothing to complain of${missing === null ? '' : ` (SKIPPED: ${missing})`}`,
  async () => {
    const paths: string[] = [];
    for (const [index, { width, height, blockPixels, region }] of SIZES.entries()) {
      for (const form of ['classic', 'big'] as const) {
        const where = { folder: join(folder.path, `cog-${index}-${form}`), region, blockPixels };
        const map = await writeMap({ ...where, rasters: layersOf({ width, height }, index) }, { form });
        paths.push(...Object.values(map));
      }
    }
    const verdicts = validateCogs(paths);
    expect(verdicts).toEqual(Object.fromEntries(paths.map((path) => [path, [true, [], []]])));
  },
);

test('shares of the work, in any order and some of them twice, give the bytes of one assembly', async () => {
  const size = { width: 2100, height: 1700 };
  const fixture = {
    folder: join(folder.path, 'shares'),
    rasters: layersOf(size, 91),
    region: 512,
    blockPixels: 128,
  };
  const whole = await writeMap(fixture);
  const expected = await Promise.all(Object.values(whole).map((path) => digestOfFile(path)));
  await Promise.all(Object.values(whole).map((path) => rm(path)));
  const count = 5;
  for (const index of [3, 0, 4, 3, 1, 2]) await writeMap(fixture, { stage: { index, count } });
  for (const path of Object.values(whole)) expect(existsSync(path)).toBe(false);
  // The second time as one that is tried again, since the first was killed before it could answer.
  for (const _ of [1, 2]) await writeMap(fixture, { stage: 'seal' });
  expect(await Promise.all(Object.values(whole).map((path) => digestOfFile(path)))).toEqual(expected);
  expect((await readdir(fixture.folder)).filter(isTemporary)).toEqual([]);
});
