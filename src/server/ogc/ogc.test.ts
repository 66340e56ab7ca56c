import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listening, RUN, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';

const folder = temporaryFolder('ogc');
let server: Awaited<ReturnType<typeof listening>>;

beforeAll(async () => {
  server = await listening((await servedWorkspace(folder)).root);
});
afterAll(() => server.stop());

interface Link {
  readonly rel: string;
  readonly href: string;
  readonly templated?: boolean;
}

interface Document {
  readonly links: readonly Link[];
  readonly collections: readonly { readonly id: string; readonly links: readonly Link[] }[];
  readonly tilesets: readonly { readonly links: readonly Link[] }[];
  readonly tileMatrixSetLimits: readonly { tileMatrix: string; minTileRow: number; minTileCol: number }[];
  readonly tileMatrices: readonly {
    readonly id: string;
    readonly matrixWidth: number;
    readonly cellSize: number;
  }[];
}

async function follow(href: string): Promise<Document> {
  const answer = await server.get(href.replace('http://127.0.0.1', ''));
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

const linkOf = (links: readonly Link[], rel: string): string =>
  links.find((one) => one.rel === rel)?.href ?? `no ${rel}`;

describe('OGC API Tiles', () => {
  it('leads from its landing page to a tile', async () => {
    const landing = await follow('/ogc');
    const { collections } = await follow(linkOf(landing.links, 'data'));
    expect(collections.map(({ id }) => id)).toContain('scene:east');
    const east = collections.find(({ id }) => id === 'scene:east');
    const { tilesets } = await follow(
      linkOf(east?.links ?? [], 'http://www.opengis.net/def/rel/ogc/1.0/tilesets-map'),
    );
    expect(tilesets).toHaveLength(2);
    for (const { links } of tilesets) {
      const tileset = await follow(linkOf(links, 'self'));
      const last = tileset.tileMatrixSetLimits.at(-1);
      const template =
        tileset.links.find(({ rel, templated }) => rel === 'item' && templated === true)?.href ?? '';
      const href = template
        .replace('{tileMatrix}', last?.tileMatrix ?? '')
        .replace('{tileRow}', String(last?.minTileRow))
        .replace('{tileCol}', String(last?.minTileCol));
      const tile = await server.get(href.replace('http://127.0.0.1', ''));
      expect([tile.statusCode, tile.headers['content-type']]).toEqual([200, 'image/png']);
      expect(tile.rawPayload.length).toBeGreaterThan(1000);
      const set = await follow(linkOf(tileset.links, 'http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme'));
      expect(set.tileMatrices[1]?.matrixWidth).toBe((set.tileMatrices[0]?.matrixWidth ?? 0) * 2);
    }
  });

  it('gives the form that a client takes', async () => {
    const path = `/ogc/collections/map:${RUN}:_:class/map/tiles/WebMercatorQuad/2/1/2`;
    const webp = await server.get(path, { accept: 'image/webp' });
    expect(webp.headers['content-type']).toBe('image/webp');
    expect((await server.get(`${path}?f=jpeg`, { accept: '*/*' })).headers['content-type']).toBe(
      'image/jpeg',
    );
  });

  it.each([
    [404, '/ogc/tileMatrixSets/Nope'],
    [404, '/ogc/collections/scene:nowhere'],
    [400, '/ogc/collections/nothing'],
    [400, '/ogc/collections/scene:..%2f'],
    [400, '/ogc/collections/scene:west/map/tiles/WebMercatorQuad/30/0/0'],
    [404, '/ogc/collections/scene:west/map/tiles/Nope/1/0/0'],
  ])('%d for %s', async (status, url) => {
    expect((await server.get(url)).statusCode).toBe(status);
  });
});
