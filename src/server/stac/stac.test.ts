import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RUN, serverOf, servedWorkspace } from '../../../tests/fixtures/served-workspace.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { interval } from './search-schema.ts';

const folder = temporaryFolder('stac');
const MAPS = `maps-${RUN}`;
let server: Awaited<ReturnType<typeof serverOf>>;

beforeAll(async () => {
  server = await serverOf((await servedWorkspace(folder)).root);
});
afterAll(() => server.stop());

interface Link {
  readonly rel: string;
  readonly href: string;
  readonly method?: string;
  readonly body?: object;
}
interface Item {
  readonly id: string;
  readonly collection: string;
  readonly bbox: readonly number[];
  readonly links: readonly Link[];
  readonly assets: Readonly<Record<string, { readonly href: string; readonly type: string }>>;
}
interface Page {
  readonly features: readonly Item[];
  readonly numberMatched: number;
  readonly numberReturned: number;
  readonly links: readonly Link[];
}

const pathOf = (href: string | undefined): string => (href ?? '').replace('http://127.0.0.1', '');
const linkOf = ({ links }: { links: readonly Link[] }, rel: string): Link | undefined =>
  links.find((one) => one.rel === rel);

async function get<T>(url: string): Promise<T> {
  const answer = await server.get(url);
  expect([url, answer.statusCode]).toEqual([url, 200]);
  return answer.json();
}

async function search(body: object): Promise<Page> {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/stac/search',
    headers: { host: '127.0.0.1' },
    payload: body,
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/geo\+json/);
  return answer.json();
}

const ids = ({ features }: Page): string[] => features.map(({ id }) => id);

describe('STAC API', () => {
  it('leads from its landing page to every Item, and to what they hold', async () => {
    const landing = await get<{ links: Link[]; conformsTo: string[] }>('/stac');
    expect(landing.conformsTo).toContain('https://api.stacspec.org/v1.0.0/item-search');
    const children = landing.links.filter(({ rel }) => rel === 'child');
    expect(children).toHaveLength(2);
    const found: string[] = [];
    for (const child of children) {
      const collection = await get<{ links: Link[]; id: string }>(pathOf(child.href));
      const page = await get<Page>(pathOf(linkOf(collection, 'items')?.href));
      for (const item of page.features) {
        found.push(item.id);
        expect(item.collection).toBe(collection.id);
        expect(await get(pathOf(linkOf(item, 'self')?.href))).toEqual(item);
        for (const { href } of Object.values(item.assets))
          expect((await server.get(pathOf(href))).statusCode).toBe(200);
        expect((await get<{ tilejson: string }>(pathOf(linkOf(item, 'tilejson')?.href))).tilejson).toBe(
          '3.0.0',
        );
      }
    }
    expect(found).toEqual(['east', 'west', `east-${RUN}`, `west-${RUN}`]);
  });

  it('tells no path of its machine', async () => {
    const { payload } = await server.get('/stac/search?limit=100');
    expect(payload).not.toContain(folder);
    expect(payload).not.toContain('resflow:source');
  });

  it('pages through a search, by address and by body, each Item once', async () => {
    for (const first of [
      await get<Page>('/stac/search?limit=1&collections=scenes'),
      await search({ limit: 1, collections: ['scenes'] }),
    ]) {
      const next = linkOf(first, 'next');
      const second =
        next?.method === 'POST'
          ? await search({ limit: 1, collections: ['scenes'], ...next.body })
          : await get<Page>(pathOf(next?.href));
      expect([first.numberMatched, first.numberReturned, ids(first), ids(second)]).toEqual([
        2,
        1,
        ['east'],
        ['west'],
      ]);
      expect(linkOf(second, 'next')).toBeUndefined();
    }
  });

  it('finds by place', async () => {
    const west = (await get<Item>('/stac/collections/scenes/items/west')).bbox;
    const [left = 0, bottom = 0] = west;
    const corner = [left - 0.0001, bottom - 0.0001, left + 0.0001, bottom + 0.0001];
    expect(ids(await get<Page>(`/stac/search?bbox=${corner.join()}`))).toEqual([`west-${RUN}`, 'west']);
    expect(ids(await get<Page>(`/stac/collections/${MAPS}/items?bbox=${corner.join()}`))).toEqual([
      `west-${RUN}`,
    ]);
    expect(ids(await search({ bbox: [170, -80, -170, 80] }))).toEqual([]);
    // Round the other way, it is the rest of the earth.
    expect(ids(await search({ bbox: [30, -80, -170, 80], collections: ['scenes'] }))).toEqual([
      'east',
      'west',
    ]);
    const point = { type: 'Point', coordinates: [left + 0.0002, bottom + 0.0002] };
    expect(ids(await search({ intersects: point, collections: ['scenes'] }))).toEqual(['west']);
    expect(
      ids(await get<Page>(`/stac/search?intersects=${encodeURIComponent(JSON.stringify(point))}`)),
    ).toEqual([`west-${RUN}`, 'west']);
  });

  it('finds by time, name and collection', async () => {
    expect(ids(await get<Page>('/stac/search?datetime=2023-05-15T00:00:00Z/..&collections=scenes'))).toEqual([
      'east',
    ]);
    expect(ids(await get<Page>('/stac/search?datetime=2023-05-01T00:00:00Z&collections=scenes'))).toEqual([
      'west',
    ]);
    expect(ids(await search({ ids: ['west', 'nothing'] }))).toEqual(['west']);
    expect(ids(await search({ collections: ['nothing'] }))).toEqual([]);
    expect(ids(await search({}))).toHaveLength(4);
  });

  it.each([
    [400, 'bbox=1,2,3'],
    [400, 'bbox=0,0,1e9,1'],
    [400, 'bbox=NaN,0,1,1'],
    [400, 'bbox=0,1,1,0'],
    [400, 'datetime=yesterday'],
    [400, 'datetime=../..'],
    [400, 'datetime=2024-01-01T00:00:00Z/2023-01-01T00:00:00Z'],
    [400, 'limit=0'],
    [400, 'limit=many'],
    [400, 'token=x'],
    [400, 'intersects={}'],
    [400, 'intersects={"type":"Point","coordinates":["a"]}'],
    [400, 'intersects={"type":"Polygon","coordinates":[]}'],
    [400, 'bbox=0,0,1,1&intersects={"type":"Point","coordinates":[0,0]}'],
    [200, 'limit=1000000'],
  ])('%d for %s', async (status, query) => {
    expect((await server.get(`/stac/search?${query}`)).statusCode).toBe(status);
  });

  it.each([
    '/stac/collections/nothing',
    '/stac/collections/nothing/items',
    '/stac/collections/scenes/items/..%2fwest',
  ])('404 for %s', async (url) => {
    expect((await server.get(url)).statusCode).toBe(404);
  });
});

describe('interval', () => {
  it.each([
    ['2024-01-01T00:00:00Z', [1704067200000, 1704067200000]],
    ['2024-01-01T01:00:00+01:00/..', [1704067200000, Infinity]],
    ['/2024-01-01T00:00:00Z', [-Infinity, 1704067200000]],
    ['2024-01-01', null],
    ['', null],
    ['..', null],
    ['a/b/c', null],
  ])('%s', (text, expected) => {
    expect(interval(text)).toEqual(expected);
  });
});
