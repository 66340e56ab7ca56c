import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { PMTiles } from 'pmtiles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listening, RUN, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { mappedObject } from '../../../tests/fixtures/tracing.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { gdalPixels } from '../../../tests/fixtures/make-raster.ts';
import { tileRange, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix.ts';
import { gdal } from '../../raster/gdal.ts';
import { openPmtiles } from '../../vectorize/pmtiles-sink.ts';
import { byteRange } from './byte-range.ts';

const folder = temporaryFolder('files');
let server: Awaited<ReturnType<typeof listening>>;

beforeAll(async () => {
  server = await listening((await servedWorkspace(folder)).root);
});
afterAll(() => server.stop());

describe('byteRange', () => {
  it.each([
    ['bytes=0-99', { start: 0, end: 99 }],
    ['bytes=900-', { start: 900, end: 999 }],
    ['bytes=-100', { start: 900, end: 999 }],
    ['bytes=-5000', { start: 0, end: 999 }],
    ['bytes=990-5000', { start: 990, end: 999 }],
    ['bytes=1000-', 'beyond'],
    ['bytes=-0', 'beyond'],
    ['bytes=5-2', null],
    ['bytes=0-1,5-6', null],
    ['lines=0-1', null],
    ['bytes=a-b', null],
    ['bytes=-', null],
    [undefined, null],
  ])('%s', (header, expected) => {
    expect(byteRange(header, 1000)).toEqual(expected);
  });
});

it('sends a file whole, in parts, and not again', async () => {
  const bytes = await readFile(`${folder}/west.tif`);
  const whole = await server.get('/files/scene/west.tif');
  expect([whole.statusCode, whole.headers['content-type']]).toEqual([200, 'image/tiff; application=geotiff']);
  expect(whole.rawPayload.equals(bytes)).toBe(true);
  const part = await server.get('/files/scene/west.tif', { range: 'bytes=100-299' });
  expect([part.statusCode, part.headers['content-range']]).toEqual([206, `bytes 100-299/${bytes.length}`]);
  expect(part.rawPayload.equals(bytes.subarray(100, 300))).toBe(true);
  const etag = String(whole.headers.etag);
  expect((await server.get('/files/scene/west.tif', { 'if-none-match': etag })).statusCode).toBe(304);
  const other = await server.get('/files/scene/west.tif', { range: 'bytes=0-9', 'if-range': '"older"' });
  expect([other.statusCode, other.rawPayload.length]).toEqual([200, bytes.length]);
  const beyond = await server.get('/files/scene/west.tif', { range: `bytes=${bytes.length}-` });
  expect([beyond.statusCode, beyond.headers['content-range']]).toEqual([416, `bytes */${bytes.length}`]);
});

it('tells the size to who only asks for it', async () => {
  const { status, headers } = await fetch(`${server.origin}/files/scene/west.tif`, { method: 'HEAD' });
  const { length } = await readFile(`${folder}/west.tif`);
  expect([status, headers.get('content-length'), headers.get('accept-ranges')]).toEqual([
    200,
    String(length),
    'bytes',
  ]);
});

it('GDAL reads a map by ranges', async () => {
  const href = `/vsicurl/${server.origin}/files/map/${RUN}/east/class.tif`;
  const dataset = await gdal.openAsync(href);
  const { x, y } = dataset.rasterSize;
  const data = new Float64Array(x * y);
  await dataset.bands.get(1).pixels.readAsync(0, 0, x, y, data);
  dataset.close();
  const local = gdalPixels(`${folder}/workspace/runs/${RUN}/maps/east/class-128.tif`, 1);
  expect(data).toEqual(local);
});

it('lists vectors of a run and sends them, in parts too, and nothing else of the folder', async () => {
  const vectors = `${folder}/workspace/runs/${RUN}/vectors`;
  expect((await server.get(`/api/runs/${RUN}/vectors`)).json()).toEqual({ files: [] });
  await mkdir(vectors);
  await writeFile(`${vectors}/app.pmtiles`, 'PMTiles and more');
  await writeFile(`${vectors}/.app.pmtiles.tmp-1`, 'half of it');
  await writeFile(`${vectors}/secret.txt`, 'secret');
  await symlink('/etc/hostname', `${vectors}/linked.geojson`);
  const { files } = (await server.get('/api/runs/latest/vectors')).json<{ files: { href: string }[] }>();
  const href = `http://127.0.0.1/files/vectors/${RUN}/app.pmtiles`;
  expect(files).toEqual([{ file: 'app.pmtiles', bytes: 16, type: 'application/vnd.pmtiles', href }]);
  const part = await server.get(`/files/vectors/${RUN}/app.pmtiles`, { range: 'bytes=0-6' });
  expect([part.statusCode, part.payload, part.headers['content-type']]).toEqual([
    206,
    'PMTiles',
    'application/vnd.pmtiles',
  ]);
  for (const name of ['secret.txt', 'linked.geojson', '.app.pmtiles.tmp-1', '..%2frun.json', 'none.fgb'])
    expect([name, (await server.get(`/files/vectors/${RUN}/${name}`)).statusCode >= 400]).toEqual([
      name,
      true,
    ]);
});

it('lets a client of PMTiles read tiles by ranges', async () => {
  const path = `${folder}/workspace/runs/${RUN}/vectors/real.pmtiles`;
  const bounds: [number, number, number, number] = [39.25, -6.2, 39.26, -6.19];
  const sink = await openPmtiles({
    path,
    format: 'pmtiles',
    layer: 'app',
    crs: 'OGC:CRS84',
    bounds,
    gsdMetres: 0.5,
  });
  await sink.write([
    {
      ...mappedObject('a', 0, 0),
      polygons: [[Float64Array.of(39.251, -6.199, 39.259, -6.199, 39.259, -6.191, 39.251, -6.191)]],
    },
  ]);
  await sink.finish();
  const tiles = new PMTiles(`${server.origin}/files/vectors/${RUN}/real.pmtiles`);
  const { maxZoom, minLon, maxLat } = await tiles.getHeader();
  expect([minLon, maxLat].map((value) => value.toFixed(3))).toEqual(['39.250', '-6.190']);
  const { minColumn, minRow } = tileRange(WEB_MERCATOR_QUAD, maxZoom, [39.255, -6.195, 39.255, -6.195]);
  expect((await tiles.getZxy(maxZoom, minColumn, minRow))?.data.byteLength).toBeGreaterThan(0);
});

it.each([
  [404, '/files/scene/nowhere.tif'],
  [404, `/files/map/${RUN}/west/nothing.tif`],
  [404, `/files/map/${RUN}/_/class.tif`],
  [400, '/files/scene/..%2f..%2f..%2fetc%2fpasswd'],
  [400, '/files/scene/workspace.json'],
  [400, '/files/scene/..tif'],
])('%d for %s', async (status, url) => {
  expect((await server.get(url)).statusCode).toBe(status);
});

it('says that a file has gone', async () => {
  await rm(`${folder}/workspace/runs/${RUN}/maps/west/confidence-128.tif`);
  const answer = await server.get(`/files/map/${RUN}/west/confidence.tif`);
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'FILE_GONE']);
});
