import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN, serverOf, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { tileRange, WEB_MERCATOR_QUAD } from '../../geo/tile-matrix.ts';

const folder = temporaryFolder('tile-routes');
let server: Awaited<ReturnType<typeof serverOf>>;

beforeAll(async () => {
  server = await serverOf((await servedWorkspace(folder)).root);
});
afterAll(() => server.stop());

interface TileJson {
  readonly tiles: readonly string[];
  readonly bounds: readonly number[];
  readonly minzoom: number;
  readonly maxzoom: number;
  readonly legend?: readonly { value: number; label: string; color: string }[];
  readonly ramp?: { low: number; high: number; colors: string[] };
}

const tileJson = async (path: string): Promise<TileJson> =>
  (await server.get(`/tiles/${path}/tilejson.json`)).json();

/** The address of the tile in the middle of a raster, some levels finer than its finest. */
async function middleTile(path: string, format = 'png', zoomIn = 0): Promise<string> {
  const { bounds, maxzoom } = await tileJson(path);
  const zoom = maxzoom + zoomIn;
  const { minColumn, maxColumn, minRow, maxRow } = tileRange(WEB_MERCATOR_QUAD, zoom, bounds);
  return `/tiles/${path}/${zoom}/${(minColumn + maxColumn) >> 1}/${(minRow + maxRow) >> 1}.${format}`;
}

describe('TileJSON', () => {
  it('says where and how fine a scene is, and where its tiles are', async () => {
    const { tiles, bounds, minzoom, maxzoom } = await tileJson('scene/west');
    expect(tiles[0]).toMatch(
      /^http:\/\/127\.0\.0\.1\/tiles\/scene\/west\/\{z\}\/\{x\}\/\{y\}\?v=[0-9a-f]{16}$/,
    );
    expect(maxzoom).toBe(19);
    expect(minzoom).toBeLessThan(maxzoom);
    expect(bounds[0]).toBeCloseTo(39.256, 2);
  });

  it('has the legend of classes and the ramp of quantities', async () => {
    const { legend } = await tileJson(`map/${RUN}/west/class`);
    expect(legend).toContainEqual({ value: 4, label: 'Straße', color: '#1f77b4' });
    expect(legend).toHaveLength(3);
    expect((await tileJson(`map/${RUN}/west/confidence`)).ramp).toMatchObject({ low: 0, high: 1 });
  });

  it('spans all scenes of a run', async () => {
    const [west, east, all] = [
      await tileJson(`map/${RUN}/west/class`),
      await tileJson(`map/${RUN}/east/class`),
      await tileJson(`map/${RUN}/_/class`),
    ];
    expect(all.bounds[0]).toBeCloseTo(Math.min(west.bounds[0] ?? 0, east.bounds[0] ?? 0), 4);
    expect(all.bounds[2]).toBeCloseTo(Math.max(west.bounds[2] ?? 0, east.bounds[2] ?? 0), 4);
    expect(all.legend).toEqual(west.legend);
  });
});

describe('map tiles', () => {
  it.each([
    ['png', 'image/png', 'png'],
    ['webp', 'image/webp', 'webp'],
    ['jpg', 'image/jpeg', 'jpeg'],
  ])('come as %s', async (format, type, decoded) => {
    const answer = await server.get(await middleTile('scene/west', format));
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, type]);
    expect(await sharp(answer.rawPayload).metadata()).toMatchObject({
      format: decoded,
      width: 256,
      height: 256,
    });
  });

  it('come without a format as JPEG where all is imagery, and as PNG elsewhere', async () => {
    const typeOf = async (address: string) =>
      (await server.get(address.replace('.png', ''))).headers['content-type'];
    expect(await typeOf(await middleTile('scene/west', 'png', 2))).toBe('image/jpeg');
    // A scene smaller than the tile, nothing at all, and classes.
    expect(await typeOf(await middleTile('scene/west', 'png', -2))).toBe('image/png');
    expect(await typeOf('/tiles/scene/west/19/0/0')).toBe('image/png');
    expect(await typeOf(await middleTile(`map/${RUN}/west/class`, 'png', 2))).toBe('image/png');
  });

  it('come twice as fine, and in other looks', async () => {
    const address = await middleTile('scene/west');
    const double = await server.get(address.replace('.png', '@2x.png'));
    expect(await sharp(double.rawPayload).metadata()).toMatchObject({ width: 512 });
    const one = await server.get(`${address}?bands=2&colormap=viridis&rescale=50,200`);
    expect(one.statusCode).toBe(200);
    expect(one.rawPayload.equals((await server.get(address)).rawPayload)).toBe(false);
  });

  it('show classes in their colours and nothing else, and hide those named', async () => {
    const address = await middleTile(`map/${RUN}/west/class`);
    const shown = await coloursOf((await server.get(address)).rawPayload);
    expect(
      [...shown].filter((colour) => !['#d9d9d9', '#d62728', '#1f77b4', 'nothing'].includes(colour)),
    ).toEqual([]);
    expect(shown.has('#d9d9d9')).toBe(true);
    const hidden = await coloursOf((await server.get(`${address}?hide=0`)).rawPayload);
    expect(hidden.has('#d9d9d9')).toBe(false);
  });

  it('of a whole run show the map of each scene', async () => {
    for (const scene of ['west', 'east']) {
      const address = await middleTile(`map/${RUN}/${scene}/confidence`);
      const own = await server.get(address);
      const all = await server.get(address.replace(`/${scene}/`, '/_/'));
      expect(all.rawPayload.equals(own.rawPayload)).toBe(true);
    }
  });

  it('beside the raster are transparent', async () => {
    const answer = await server.get('/tiles/scene/west/10/3/3.png');
    expect(answer.statusCode).toBe(200);
    expect(await coloursOf(answer.rawPayload)).toEqual(new Set(['nothing']));
  });

  it('are not sent again to who has them', async () => {
    const address = await middleTile('scene/west');
    const { etag } = (await server.get(address)).headers;
    const again = await server.get(address, { 'if-none-match': `"other", W/${String(etag)}` });
    expect([again.statusCode, again.rawPayload.length, again.headers.etag]).toEqual([304, 0, etag]);
    expect((await server.get(`${address}?bands=1`)).headers.etag).not.toBe(etag);
  });

  it('may be kept for good under an address with their version, and not under another', async () => {
    const { tiles } = await tileJson('scene/west');
    const version = new URL(tiles[0] ?? '').searchParams.get('v') ?? '';
    const address = await middleTile('scene/west');
    expect((await server.get(`${address}?v=${version}`)).headers['cache-control']).toContain('immutable');
    expect((await server.get(`${address}?v=0123456789abcdef`)).headers['cache-control']).not.toContain(
      'immutable',
    );
    expect((await server.get(`${address}?v=`)).headers['cache-control']).not.toContain('immutable');
  });
});

describe('nonsense is answered by a problem document', () => {
  it.each([
    [404, '/tiles/scene/nowhere/1/0/0.png'],
    [404, '/tiles/scene/nowhere/tilejson.json'],
    [404, `/tiles/map/${RUN}/west/nothing/1/0/0.png`],
    [404, `/tiles/map/${RUN}/nowhere/class/1/0/0.png`],
    [404, `/tiles/map/${RUN}/west/constructor/1/0/0.png`],
    [404, `/tiles/map/${RUN}/_/__proto__/tilejson.json`],
    [404, '/tiles/map/norun/west/class/1/0/0.png'],
    [400, '/tiles/scene/west/25/0/0.png'],
    [400, '/tiles/scene/west/2/4/0.png'],
    [400, '/tiles/scene/west/-1/0/0.png'],
    [400, '/tiles/scene/west/1/0/NaN.png'],
    [400, '/tiles/scene/west/1/0/0.tif'],
    [400, '/tiles/scene/west/1/0/0@3x.png'],
    [400, '/tiles/scene/west/999999999999/0/0.png'],
    [400, '/tiles/scene/west/1/0/0.png?bands=1,2'],
    [400, '/tiles/scene/west/1/0/0.png?bands=0'],
    [400, '/tiles/scene/west/1/0/0.png?bands=1,2,3,4'],
    [400, '/tiles/scene/west/1/0/0.png?bands=1&bands=2'],
    [400, '/tiles/scene/west/1/0/0.png?rescale=NaN,1'],
    [400, '/tiles/scene/west/1/0/0.png?rescale=1,1'],
    [400, '/tiles/scene/west/1/0/0.png?rescale=0,1e999'],
    [400, '/tiles/scene/west/1/0/0.png?colormap=constructor'],
    [400, '/tiles/scene/west/1/0/0.png?hide=1'],
    [400, '/tiles/scene/..%2f..%2fetc/1/0/0.png'],
    [404, '/tiles/scene/%2e%2e/1/0/0.png'],
    [400, '/tiles/scene/WMTS:x/1/0/0.png'],
    [400, '/tiles/scene/west%00/1/0/0.png'],
  ])('%d: %s', async (status, url) => {
    const answer = await server.get(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

/** The colours of a picture's pixels, `nothing` where it is transparent. */
async function coloursOf(picture: Buffer): Promise<Set<string>> {
  const rgba = await sharp(picture).ensureAlpha().raw().toBuffer();
  const colours = new Set<string>();
  for (let i = 0; i < rgba.length; i += 4)
    colours.add(rgba[i + 3] === 0 ? 'nothing' : `#${rgba.toString('hex', i, i + 3)}`);
  return colours;
}
