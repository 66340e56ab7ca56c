import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gdalPixels, makeRaster } from '../../tests/fixtures/make-raster.ts';
import { startRangeServer } from '../../tests/fixtures/start-range-server.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import { inspectScene, type SceneOptions } from './inspect-scene.ts';

const folder = temporaryFolder('remote');
const OPTIONS: SceneOptions = {
  place: 'p',
  split: null,
  crs: null,
  noData: { kind: 'auto' },
  date: null,
  bands: null,
};
let server: Awaited<ReturnType<typeof startRangeServer>>;
let address = '';

beforeAll(async () => {
  server = await startRangeServer(folder);
  ({ address } = server);
});
afterAll(() => server.stop());

it('a scene over http is added and read in place, and a change of it is noticed', async () => {
  const size = { width: 300, height: 200 };
  const path = makeRaster(join(folder, 'far.tif'), {
    ...size,
    bands: 3,
    options: ['TILED=YES', 'COMPRESS=DEFLATE'],
  });
  utimesSync(path, 1000, 1000);
  const href = `${address}/far.tif`;
  const scene = await inspectScene(href, 'far', OPTIONS, new Date(0));
  expect(scene.assets.image.href).toBe(href);
  const identity = scene.properties['resflow:source'];
  expect(identity).toMatchObject({
    href,
    etag: null,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const spec = { href, bands: [2], noData: scene.properties['resflow:no_data'], ...size, identity };
  const grid = { ...size, scaleX: 1, scaleY: 1, transform: [0, 1, 0, 0, 0, -1] as const, gsdMetres: 1 };
  const reader = await openSceneReader(spec, grid);
  const block = await reader.read({ x: 0, y: 0, ...size });
  reader.close();
  expect([...block.data]).toEqual([...gdalPixels(path, 2)]);
  utimesSync(path, 2000, 2000);
  makeRaster(path, { ...size, bands: 3, options: ['TILED=YES'] });
  await expect(openSceneReader(spec, grid)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
});

it('an address that leads nowhere is refused', async () => {
  await expect(inspectScene(`${address}/none.tif`, 'x', OPTIONS, new Date(0))).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: expect.stringContaining(`${address}/none.tif`) as string,
    hint: expect.stringContaining('address') as string,
  });
});
