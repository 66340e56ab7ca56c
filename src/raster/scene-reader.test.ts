import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gdalPixels, makeRaster, type RasterRecipe } from '../../tests/fixtures/make-raster.ts';
import { gridOf, readWindow, SIZE, specOf, TILED } from '../../tests/fixtures/scene-reading.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdal } from './gdal.ts';
import { openSceneReader } from './scene-reader.ts';
import { identify } from './source-identity.ts';
import type { NoDataRule } from './source-record.ts';
const folder = temporaryFolder('reader');
let made = 0;
const make = (recipe: RasterRecipe) => makeRaster(join(folder, `raster-${made++}.tif`), recipe);

describe('on the identity grid', () => {
  const layouts: Record<string, string[]> = {
    strips: [],
    tiles: [...TILED],
    'planar tiles': [...TILED, 'INTERLEAVE=BAND'],
    'deflate, one strip': ['COMPRESS=DEFLATE', 'BLOCKYSIZE=167'],
  };
  for (const type of ['Byte', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64']) {
    for (const [layout, options] of Object.entries(layouts)) {
      it(`${type} in ${layout}: the pixels are GDAL's own`, async () => {
        const href = make({ ...SIZE, bands: 3, type, options });
        const block = await readWindow(specOf(href, SIZE, { bands: [1, 2, 3] }), gridOf(SIZE, 1));
        const count = SIZE.width * SIZE.height;
        expect(block.valid.every((v) => v === 1)).toBe(true);
        for (const b of [0, 1, 2]) {
          const own = gdalPixels(href, b + 1);
          const expected = block.type === 'float32' ? own.map(Math.fround) : own;
          const got = Float64Array.from(block.data.subarray(b * count, (b + 1) * count));
          expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(expected.buffer))).toBe(0);
        }
      });
    }
  }

  for (const bits of [1, 2, 4]) {
    it(`${bits}-bit samples come as bytes`, async () => {
      const href = make({ ...SIZE, options: [`NBITS=${bits}`], pixel: (b, x, y) => (x + y) % 2 ** bits });
      const block = await readWindow(specOf(href, SIZE), gridOf(SIZE, 1));
      expect(block.type).toBe('uint8');
      expect([...block.data.subarray(0, 40)]).toEqual(Array.from({ length: 40 }, (_, x) => x % 2 ** bits));
    });
  }

  it('int8 comes as int16 with its sign', async () => {
    const href = make({
      ...SIZE,
      options: ['PIXELTYPE=SIGNEDBYTE'],
      pixel: (b, x) => (256 + (x % 100) - 50) % 256,
    });
    const block = await readWindow(specOf(href, SIZE), gridOf(SIZE, 1));
    expect(block.type).toBe('int16');
    expect([...block.data.subarray(48, 53)]).toEqual([-2, -1, 0, 1, 2]);
  });

  it('no-data pixels are invalid and 0; a dark band alone is data', async () => {
    const href = make({
      width: 4,
      height: 1,
      bands: 2,
      noData: 0,
      pixel: (b, x) =>
        ([
          [0, 0],
          [0, 9],
          [9, 0],
          [9, 9],
        ][x] ?? [])[b - 1] ?? 0,
    });
    const rule: NoDataRule = { kind: 'value', values: [0, 0] };
    const block = await readWindow(
      specOf(href, { width: 4, height: 1 }, { bands: [1, 2], noData: rule }),
      gridOf({ width: 4, height: 1 }, 1),
    );
    expect([...block.valid]).toEqual([0, 1, 1, 1]);
  });

  it('a no-data value that cannot be light spoils a pixel in any band; infinities are never data', async () => {
    const size = { width: 4, height: 1 };
    const values = [
      [-9999, 5],
      [5, 5],
      [5, Number.POSITIVE_INFINITY],
      [5, -9999],
    ];
    const href = make({ ...size, bands: 2, type: 'Float64', pixel: (b, x) => values[x]?.[b - 1] ?? 0 });
    const rule: NoDataRule = { kind: 'value', values: [-9999, -9999] };
    const block = await readWindow(specOf(href, size, { bands: [1, 2], noData: rule }), gridOf(size, 1));
    expect([...block.valid]).toEqual([0, 1, 0, 0]);
    expect([...block.data]).toEqual([0, 5, 0, 0, 0, 5, 0, 0]);
  });

  it('a sidecar mask is used', async () => {
    const href = make({ ...SIZE });
    const dataset = gdal.open(href, 'r+');
    gdal.config.set('GDAL_TIFF_INTERNAL_MASK', 'NO');
    dataset.bands.get(1).createMaskBand(2);
    const mask = new Uint8Array(SIZE.width * SIZE.height).fill(255);
    mask[5] = 0;
    dataset.bands.get(1).getMaskBand()?.pixels.write(0, 0, SIZE.width, SIZE.height, mask);
    dataset.close();
    gdal.config.set('GDAL_TIFF_INTERNAL_MASK', 'YES');
    expect(readFileSync(`${href}.msk`).length).toBeGreaterThan(0);
    const block = await readWindow(specOf(href, SIZE, { noData: { kind: 'mask' } }), gridOf(SIZE, 1));
    expect(block.valid.findIndex((v) => v === 0)).toBe(5);
    expect(block.valid.reduce((sum, v) => sum + v, 0)).toBe(mask.length - 1);
  });
});

describe('faults', () => {
  it('a file cut short fails with file, window, cause and hint', async () => {
    const href = make({ ...SIZE, options: TILED });
    const bytes = readFileSync(href);
    writeFileSync(href, bytes.subarray(0, bytes.length - 9000));
    await expect(readWindow(specOf(href, SIZE), gridOf(SIZE, 2))).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringMatching(
        /raster-\d+\.tif: reading \d+x\d+ at column \d+, row \d+ failed: ./,
      ) as string,
      hint: expect.stringContaining('cut short') as string,
    });
  });

  it('a source that was replaced is refused, and what changed is said', async () => {
    const href = make({ ...SIZE });
    const identity = await identify(href);
    make({ ...SIZE });
    makeRaster(href, { width: SIZE.width, height: SIZE.height + 3 });
    await expect(openSceneReader(specOf(href, SIZE, { identity }), gridOf(SIZE, 1))).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringContaining('size') as string,
    });
    await expect(openSceneReader(specOf(href, SIZE), gridOf(SIZE, 1))).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
    });
  });

  it('a band that is not there is named', async () => {
    const href = make({ ...SIZE });
    await expect(openSceneReader(specOf(href, SIZE, { bands: [2] }), gridOf(SIZE, 1))).rejects.toMatchObject({
      code: 'BAND_MISSING',
    });
  });

  it('may be closed while it reads', async () => {
    const href = make({ ...SIZE, bands: 3 });
    const reader = await openSceneReader(specOf(href, SIZE, { bands: [1, 2, 3] }), gridOf(SIZE, 1.7));
    const reading = reader.read({ x: 0, y: 0, width: 90, height: 90 });
    reader.close();
    expect((await reading).valid[0]).toBe(1);
    await expect(reader.read({ x: 0, y: 0, width: 1, height: 1 })).rejects.toThrow(/after close/);
  });
});
