import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { findSources } from './find-sources.ts';
import { globExpression } from './local-files.ts';

const folder = temporaryFolder('sources');
const at = (...parts: string[]) => join(folder, ...parts);
const item = (id: string, assets: Record<string, unknown>) => ({
  type: 'Feature',
  stac_version: '1.1.0',
  id,
  geometry: null,
  properties: { datetime: '2020-02-03T04:05:06Z' },
  assets,
  links: [],
});

beforeAll(() => {
  mkdirSync(at('a', 'deep'), { recursive: true });
  for (const name of ['a/one.tif', 'a/two.JP2', 'a/deep/three.tiff', 'a/notes.txt', 'a/.hidden.tif'])
    writeFileSync(at(name), '');
});

const hrefs = async (...paths: string[]) => (await findSources(paths)).sources.map((source) => source.href);

describe('local paths', () => {
  it('a folder gives the rasters in it and below, sorted, each once', async () => {
    expect(await hrefs(at('a'), at('a', 'one.tif'))).toEqual([
      at('a/deep/three.tiff'),
      at('a/one.tif'),
      at('a/two.JP2'),
    ]);
  });

  it('globs', async () => {
    expect(await hrefs(at('a', '*.tif'))).toEqual([at('a/one.tif')]);
    expect(await hrefs(at('**', '*.{tif,tiff}'))).toEqual([at('a/deep/three.tiff'), at('a/one.tif')]);
    expect(await hrefs(at('a', 't?o.*'))).toEqual([at('a/two.JP2')]);
  });

  it.each([
    ['*.tif', 'a.tif', true],
    ['*.tif', 'a.tiff', false],
    ['*.tif', 'b/a.tif', false],
    ['**/*.tif', 'a.tif', true],
    ['**/x/*.tif', 'p/q/x/a.tif', true],
    ['[ab]c.tif', 'bc.tif', true],
    ['[!ab]c.tif', 'bc.tif', false],
    ['a+(1).tif', 'a+(1).tif', true],
    ['{a,b}{1,2}.tif', 'b1.tif', true],
    ['a,b.tif', 'a,b.tif', true],
  ])('%s matches %s: %s', (glob, path, expected) => {
    expect(globExpression(glob).test(path)).toBe(expected);
  });

  it('what leads nowhere is told, and hinders nothing else', async () => {
    mkdirSync(at('empty'));
    const { sources, problems } = await findSources([at('empty'), at('a', '*.nothing'), at('a', 'one.tif')]);
    expect(sources.map((source) => source.href)).toEqual([at('a/one.tif')]);
    expect(problems.map(({ path, error }) => [path, error.code])).toEqual([
      [at('empty'), 'NO_SOURCES'],
      [at('a', '*.nothing'), 'NO_SOURCES'],
    ]);
  });

  it('addresses pass as they are', async () => {
    const addresses = ['https://example.org/a.tif', 's3://bucket/b.tif', '/vsizip/x.zip/c.tif'];
    expect(await hrefs(...addresses)).toEqual(addresses);
  });
});

describe('STAC', () => {
  it('an Item: its image, time and bands; relative addresses from where it lies', async () => {
    const bands = [{ 'eo:common_name': 'red' }, { 'eo:common_name': 'nir' }];
    writeFileSync(
      at('item.json'),
      JSON.stringify(
        item('scene-7', { image: { href: './a/one.tif', bands }, thumbnail: { href: 't.png' } }),
      ),
    );
    expect((await findSources([at('item.json')])).sources).toEqual([
      { href: at('a/one.tif'), id: 'scene-7', date: '2020-02-03T04:05:06.000Z', bands: ['red', 'nir'] },
    ]);
  });

  it('an Item of several single-band rasters, no STAC, broken JSON, no file: each refused by its name', async () => {
    const tiff = (href: string) => ({ href, type: 'image/tiff; application=geotiff', roles: ['data'] });
    writeFileSync(at('many.json'), JSON.stringify(item('m', { B02: tiff('b2.tif'), B03: tiff('b3.tif') })));
    writeFileSync(at('other.json'), '{"type":"Feature"}');
    writeFileSync(at('broken.json'), '{');
    const paths = ['many.json', 'other.json', 'broken.json', 'none.json'].map((name) => at(name));
    paths.push('s3://bucket/item.json');
    const { problems } = await findSources(paths);
    expect(problems.map(({ error }) => error.code)).toEqual([
      'STAC_NO_IMAGE',
      'NOT_STAC',
      'NOT_STAC',
      'FILE_NOT_FOUND',
      'STAC_NOT_IN_S3',
    ]);
  });

  it('an Item without an image hinders no other of its collection', async () => {
    const features = [item('bare', {}), item('good', { image: { href: 'a/one.tif' } })];
    writeFileSync(at('mixed.json'), JSON.stringify({ type: 'FeatureCollection', features }));
    const { sources, problems } = await findSources([at('mixed.json')]);
    expect(sources.map(({ id }) => id)).toEqual(['good']);
    expect(problems).toMatchObject([
      { path: expect.stringContaining('(bare)') as string, error: { code: 'STAC_NO_IMAGE' } },
    ]);
  });

  describe('over http', () => {
    let server: Server;
    let address = '';
    beforeAll(async () => {
      const collection = {
        type: 'FeatureCollection',
        features: [
          item('a', { visual: { href: 'x/a.tif' } }),
          item('b', { data: { href: 's3://bucket/b.tif' } }),
        ],
      };
      server = createServer(({ method, url }, response) => {
        const type = url === '/tiles/7' ? 'image/tiff' : 'application/geo+json';
        response.writeHead(200, { 'content-type': type });
        response.end(method === 'HEAD' ? undefined : JSON.stringify(collection));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => server.close());

    it('an ItemCollection', async () => {
      expect(await hrefs(`${address}/items/search.json`)).toEqual([
        `${address}/items/x/a.tif`,
        's3://bucket/b.tif',
      ]);
    });

    it('what an address without an ending gives, the server says', async () => {
      expect(await hrefs(`${address}/collections/c/items?limit=2`)).toContain('s3://bucket/b.tif');
      expect(await hrefs(`${address}/tiles/7`)).toEqual([`${address}/tiles/7`]);
    });
  });
});
