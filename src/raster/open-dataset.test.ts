import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { gdal } from './gdal.ts';
import { openRaster } from './open-dataset.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resflow-open-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const refusal = async (path: string) => {
  const error: unknown = await openRaster(path).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: expect.stringContaining(path) as string,
    hint: expect.any(String) as string,
  });
  return error;
};

it('opens a raster and tells its types', async () => {
  const path = makeRaster(join(folder, 'good.tif'), { width: 9, height: 7, bands: 2, type: 'UInt16' });
  const raster = await openRaster(path);
  expect([raster.width, raster.height, raster.types.map((t) => t.sample)]).toEqual([
    9,
    7,
    ['uint16', 'uint16'],
  ]);
  raster.dataset.close();
});

it('refuses complex samples', async () => {
  const path = makeRaster(join(folder, 'complex.tif'), {
    width: 4,
    height: 4,
    type: 'CFloat32',
    pixel: () => 1,
  });
  expect(await refusal(path)).toMatchObject({
    code: 'COMPLEX_NOT_SUPPORTED',
    context: { band: 1, type: 'CFloat32' },
  });
});

it('refuses what is missing, no raster, a vector file, an empty file', async () => {
  expect(await refusal(join(folder, 'missing.tif'))).toMatchObject({ code: 'FILE_NOT_FOUND' });
  writeFileSync(join(folder, 'text.tif'), 'this is no image');
  expect(await refusal(join(folder, 'text.tif'))).toMatchObject({ code: 'NOT_A_RASTER' });
  writeFileSync(join(folder, 'empty.tif'), '');
  expect(await refusal(join(folder, 'empty.tif'))).toMatchObject({ code: 'NOT_A_RASTER' });
  writeFileSync(join(folder, 'v.geojson'), '{"type":"FeatureCollection","features":[]}');
  expect(await refusal(join(folder, 'v.geojson'))).toMatchObject({ code: 'NO_BANDS' });
});

it.skipIf(process.getuid?.() === 0)('tells a file that may not be read from a missing one', async () => {
  const path = makeRaster(join(folder, 'locked.tif'), { width: 4, height: 4 });
  chmodSync(path, 0);
  expect(await refusal(path)).toMatchObject({ code: 'FILE_NOT_READABLE' });
});

it('refuses a small file whose single block would fill the memory', async () => {
  const path = join(folder, 'bomb.tif');
  const options = ['COMPRESS=DEFLATE', 'SPARSE_OK=TRUE', 'TILED=YES', 'BLOCKXSIZE=20000', 'BLOCKYSIZE=20000'];
  makeEmpty(path, 20000, options);
  appendFileSync(path, Buffer.alloc(4000));
  expect(await refusal(path)).toMatchObject({ code: 'BLOCK_TOO_LARGE', context: { limitMiB: 256 } });
});

it('refuses a file that claims more pixels than any codec packs', async () => {
  const path = join(folder, 'huge.tif');
  makeEmpty(path, 1_000_000, [
    'COMPRESS=DEFLATE',
    'SPARSE_OK=TRUE',
    'TILED=YES',
    'BLOCKXSIZE=16384',
    'BLOCKYSIZE=16384',
  ]);
  expect(await refusal(path)).toMatchObject({ code: 'IMPLAUSIBLE_SIZE' });
});

/** A sparse square TIFF: dimensions and no pixels. */
function makeEmpty(path: string, side: number, options: string[]): void {
  const dataset = gdal.open(path, 'w', 'GTiff', side, side, 1, gdal.GDT_Byte, options);
  dataset.close();
}
