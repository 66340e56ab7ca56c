import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { makeRaster, type RasterRecipe } from '../../../tests/fixtures/make-raster.ts';
import {
  cellSizeAt,
  project,
  TILE_PIXELS,
  tileGrid,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
  type PictureGrid,
  type TileMatrixSet,
} from '../../geo/tile-matrix.ts';
import { noDataRule } from '../../ingest/no-data-rule.ts';
import { crsTransform } from '../../raster/crs.ts';
import { gdal } from '../../raster/gdal.ts';
import { openRaster } from '../../raster/open-dataset.ts';
import { bytesOf } from './canvas.ts';
import { DatasetPool } from './dataset-pool.ts';
import { drawPicture } from './draw-picture.ts';
import { gdalRaster } from './gdal-raster.ts';
import type { Look } from './look.ts';

const folder = temporaryFolder('golden');
const pool = new DatasetPool({ perFile: 2, total: 8 });
afterAll(() => pool.close());

const IMAGE: Look = {
  key: '',
  bands: [1, 2, 3],
  ranges: [
    [0, 255],
    [0, 255],
    [0, 255],
  ],
  table: null,
  between: true,
};
/** Class n in a grey of its own. */
const CLASSES: Look = {
  key: '',
  bands: [1],
  ranges: [[0, 255]],
  table: Uint32Array.from({ length: 256 }, (_, value) => (0xff000000 | (value * 0x010101)) >>> 0),
  between: false,
};

/** Smooth colours, so that half a pixel is seen but noise does not drown it. */
const smooth = (band: number, x: number, y: number): number =>
  Math.round(127 + 60 * Math.sin(x / (9 + band)) + 60 * Math.cos(y / (13 - band)));
const patches = (_band: number, x: number, y: number): number => 1 + (((x >> 4) * 7 + (y >> 4) * 3) % 11);

async function draw(path: string, look: Look, grid: PictureGrid) {
  const source = await gdalRaster(pool, { key: path, open: () => openRaster(path) }, (raster) => {
    const [a = 0, b = 1, c = 0, d = 0, e = 0, f = 1] = raster.dataset.geoTransform ?? [];
    return {
      crs: raster.dataset.srs?.toWKT() ?? '',
      transform: [a, b, c, d, e, f],
      noData: noDataRule(raster, { kind: 'auto' }),
    };
  });
  const piece = { box: [-180, -90, 180, 90], open: () => Promise.resolve(source) };
  const canvas = await drawPicture([piece], look, grid, new AbortController().signal);
  return canvas === null ? null : { rgba: bytesOf(canvas) };
}

/** What GDAL's warp makes on the same grid: bands and opacity. */
function warped(path: string, grid: PictureGrid, resampling: string): Uint8Array[] {
  const source = gdal.open(path);
  const [left, cell, , top] = grid.transform;
  const out = gdal.warp(
    '/vsimem/golden.tif',
    null,
    [source],
    [
      ...['-t_srs', grid.crs, '-te', left, top - grid.height * cell, left + grid.width * cell, top].map(
        String,
      ),
      ...['-ts', grid.width, grid.height, '-r', resampling, '-et', 0, '-dstalpha', '-ovr', 'NONE'].map(
        String,
      ),
    ],
  );
  const bands = out.bands.map((band) => {
    const data = new Uint8Array(grid.width * grid.height);
    band.pixels.read(0, 0, grid.width, grid.height, data);
    return data;
  });
  out.close();
  source.close();
  gdal.vsimem.release('/vsimem/golden.tif');
  return bands;
}

/** The degrees of a raster's middle. */
function centreOf({
  width,
  height,
  epsg,
  transform,
}: Pick<RasterRecipe, 'width' | 'height' | 'epsg' | 'transform'>) {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = transform ?? [];
  const [col, row] = [width / 2, height / 2];
  const change = crsTransform(`EPSG:${epsg}`, 'OGC:CRS84');
  return change(a + col * b + row * c, d + col * e + row * f) ?? [0, 0];
}

const MERCATOR = { epsg: 3857, transform: [9_500_000.3, 0.5, 0, 3_200_000.7, 0, -0.5] } as const;

/** The map tile of a level that shows a place. */
function tileAt(set: TileMatrixSet, z: number, lon: number, lat: number): PictureGrid {
  const [x, y] = project(set, lon, lat);
  const side = cellSizeAt(set, z) * TILE_PIXELS;
  return tileGrid(set, {
    z,
    x: Math.floor((x - set.origin[0]) / side),
    y: Math.floor((set.origin[1] - y) / side),
  });
}

interface Case {
  readonly name: string;
  readonly recipe: Partial<RasterRecipe>;
  readonly z: number;
}

/** Sources at about the resolution of the level, so that both sides sample the same pixels. */
const CASES: readonly Case[] = [
  {
    name: 'UTM',
    recipe: { epsg: 32645, transform: [500_000, 0.5, 0, 3_000_000, 0, -0.5] },
    z: 18,
  },
  {
    name: 'Web Mercator',
    recipe: MERCATOR,
    z: 18,
  },
  {
    name: 'degrees',
    recipe: { epsg: 4326, transform: [10, 5e-6, 0, 50, 0, -5e-6] },
    z: 18,
  },
  {
    name: 'turned',
    recipe: { epsg: 32633, transform: [500_000, 0.4, 0.3, 5_500_000, 0.3, -0.4] },
    z: 18,
  },
  {
    name: 'polar',
    recipe: { epsg: 3413, transform: [-10_000, 20, 0, -2_000_000, 0, -20] },
    z: 13,
  },
];

describe.each(CASES)('$name', ({ name, recipe, z }) => {
  const base = { width: 600, height: 600, ...recipe };
  const [lon, lat] = centreOf(base);

  it.each([WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD])('imagery on $id is what GDAL warps', async (set) => {
    const path = makeRaster(join(folder, `${name}-image-${set.id}.tif`), {
      ...base,
      bands: 3,
      pixel: smooth,
    });
    const grid = tileAt(set, set === WEB_MERCATOR_QUAD ? z : z - 1, lon, lat);
    const canvas = await draw(path, IMAGE, grid);
    const expected = warped(path, grid, 'bilinear');
    const found = compare(canvas?.rgba ?? new Uint8Array(0), expected, 3);
    expect(found.both).toBeGreaterThan(10_000);
    // Measured: mean 0.1 to 0.6; what differs in extent is the outermost pixel.
    expect(found.mean).toBeLessThan(1);
    expect(found.extent).toBeLessThan(600);
  });

  it('classes are what GDAL takes', async () => {
    const path = makeRaster(join(folder, `${name}-class.tif`), { ...base, pixel: patches, noData: 255 });
    const grid = tileAt(WEB_MERCATOR_QUAD, z, lon, lat);
    const canvas = await draw(path, CLASSES, grid);
    const found = compare(canvas?.rgba ?? new Uint8Array(0), warped(path, grid, 'near'), 1);
    expect(found.both).toBeGreaterThan(10_000);
    // Places within a tenth of a pixel of an edge between two may fall on either side.
    expect(found.different / found.both).toBeLessThan(0.01);
    expect(found.extent).toBeLessThan(600);
  });
});

/** Over pixels that both have: mean difference, and how many differ; and how many only one has. */
function compare(rgba: Uint8Array, expected: readonly Uint8Array[], bands: number) {
  const alpha = expected.at(-1) ?? new Uint8Array(0);
  const found = { both: 0, mean: 0, different: 0, extent: 0 };
  for (let i = 0; i < alpha.length; i++) {
    const [own, other] = [(rgba[4 * i + 3] ?? 0) > 0, (alpha[i] ?? 0) > 0];
    if (own !== other) found.extent++;
    if (!own || !other) continue;
    found.both++;
    let off = 0;
    for (let b = 0; b < bands; b++) off += Math.abs((rgba[4 * i + b] ?? 0) - (expected[b]?.[i] ?? 0)) / bands;
    found.mean += off;
    if (off > 0) found.different++;
  }
  found.mean /= Math.max(1, found.both);
  return found;
}

it('pixels without data are transparent, and do not colour those beside them', async () => {
  const hole = (x: number, y: number) => x >= 200 && x < 260 && y >= 200 && y < 260;
  const path = makeRaster(join(folder, 'hole.tif'), {
    width: 600,
    height: 600,
    bands: 3,
    ...MERCATOR,
    noData: 0,
    pixel: (_band, x, y) => (hole(x, y) ? 0 : 200),
  });
  const canvas = await draw(
    path,
    IMAGE,
    tileAt(WEB_MERCATOR_QUAD, 18, ...centreOf({ width: 460, height: 460, ...MERCATOR })),
  );
  const rgba = canvas?.rgba ?? new Uint8Array(0);
  const [colours, opacities] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < rgba.length; i += 4) {
    opacities.add(rgba[i + 3] ?? 0);
    if (rgba[i + 3] === 255) colours.add(rgba[i] ?? 0);
  }
  expect(colours).toEqual(new Set([200]));
  expect(opacities).toEqual(new Set([0, 255]));
});

it('a tile beside the raster is nothing, and takes no reading', async () => {
  const path = makeRaster(join(folder, 'aside.tif'), { width: 64, height: 64, bands: 3 });
  expect(await draw(path, IMAGE, tileAt(WEB_MERCATOR_QUAD, 18, 80, 20))).toBeNull();
});

it('neighbouring tiles of a shrunken raster without overviews meet without a step', async () => {
  const path = makeRaster(join(folder, 'large.tif'), {
    width: 1100,
    height: 1100,
    bands: 3,
    ...MERCATOR,
    pixel: smooth,
  });
  const z = 16;
  const tile = tileAt(WEB_MERCATOR_QUAD, z, ...centreOf({ width: 10, height: 1100, ...MERCATOR }));
  const wide: PictureGrid = { ...tile, width: 2 * tile.width };
  const right: PictureGrid = {
    ...tile,
    transform: [
      tile.transform[0] + tile.width * tile.transform[1],
      ...tile.transform.slice(1),
    ] as unknown as PictureGrid['transform'],
  };
  const [whole, half] = [await draw(path, IMAGE, wide), await draw(path, IMAGE, right)];
  let worst = 0;
  for (let row = 0; row < tile.height; row++) {
    for (let i = 0; i < tile.width * 4; i++) {
      const a = whole?.rgba[(row * wide.width + tile.width) * 4 + i] ?? 0;
      worst = Math.max(worst, Math.abs(a - (half?.rgba[row * tile.width * 4 + i] ?? 0)));
    }
  }
  expect(half?.rgba.some((value, i) => i % 4 === 3 && value === 255)).toBe(true);
  expect(worst).toBeLessThanOrEqual(2);
});
