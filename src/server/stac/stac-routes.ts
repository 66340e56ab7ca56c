import { z } from 'zod';
import { badRequest, notFound } from '../problem.ts';
import { defineRoute, type AnyRoute, type Route } from '../route.ts';
import { addressOf, withQuery } from '../ogc/service-address.ts';
import { keyQuerySchema } from '../tiles/look-schema.ts';
import type { PictureService } from '../tiles/picture-service.ts';
import { itemsQuerySchema, searchBodySchema, searchQuerySchema, tokenOf } from './search-schema.ts';
import { searchEntries, type StacSearch } from './search.ts';
import { stacEntries } from './stac-entry.ts';
import { stacCollection, stacItem } from './stac-items.ts';
import {
  CONFORMANCE,
  GEO_JSON,
  pageLinks,
  stacCollectionOf,
  stacCollections,
  stacLandingPage,
  stacPage,
} from './stac-pages.ts';

const json = { description: 'As the STAC API says', schema: z.record(z.string(), z.unknown()) };
const geoJson = { description: 'Items as GeoJSON', mediaTypes: [GEO_JSON] };
const collectionParams = z.object({ collection: z.string().max(200) });
const query = keyQuerySchema;

const get = <P, Q>(
  route: Pick<Route<P, Q>, 'url' | 'summary' | 'params' | 'query' | 'answer' | 'handle'>,
): AnyRoute => defineRoute({ method: 'GET', tag: 'STAC', scope: 'read', ...route });

/** A STAC API over the scenes and maps of a workspace: core, collections, features, item search. */
export const stacRoutes = ({ catalogue: { records } }: PictureService): AnyRoute[] => [
  get({
    url: '/stac',
    summary: 'STAC API: landing page',
    query,
    answer: json,
    handle: async ({ origin, query }) =>
      stacLandingPage(await stacCollections(records), addressOf(origin, query)),
  }),
  get({
    url: '/stac/conformance',
    summary: 'STAC API: conformance',
    query,
    answer: json,
    handle: () => ({ conformsTo: CONFORMANCE }),
  }),
  get({
    url: '/stac/collections',
    summary: 'STAC API: collections',
    query,
    answer: json,
    async handle({ origin, query }) {
      const address = addressOf(origin, query);
      const link = (rel: string, path: string) => ({
        rel,
        type: 'application/json',
        href: withQuery(address, path),
      });
      return {
        collections: (await stacCollections(records)).map((one) => stacCollection(one, address)),
        links: [link('self', '/stac/collections'), link('root', '/stac')],
      };
    },
  }),
  get({
    url: '/stac/collections/{collection}',
    summary: 'STAC API: a collection',
    params: collectionParams,
    query,
    answer: json,
    handle: async ({ params, origin, query }) =>
      stacCollection(await stacCollectionOf(records, params.collection), addressOf(origin, query)),
  }),
  get({
    url: '/stac/collections/{collection}/items',
    summary: 'STAC API: Items of a collection',
    params: collectionParams,
    query: itemsQuerySchema,
    answer: geoJson,
    async handle({ params: { collection }, query: { token, key, ...search }, origin }, _context, reply) {
      const { entries } = await stacCollectionOf(records, collection);
      const page = searchEntries(entries, { ...search, after: token });
      const asked = reply.request.query as Record<string, unknown>;
      const links = pageLinks(`/stac/collections/${collection}/items`, asked, page, origin);
      return reply
        .type(GEO_JSON)
        .send(JSON.stringify(await stacPage(page, links, addressOf(origin, { key }))));
    },
  }),
  get({
    url: '/stac/collections/{collection}/items/{item}',
    summary: 'STAC API: an Item',
    params: collectionParams.extend({ item: z.string().max(400) }),
    query,
    answer: geoJson,
    async handle({ params, origin, query }, _context, reply) {
      const { entries } = await stacCollectionOf(records, params.collection);
      const entry = entries.find(({ id }) => id === params.item);
      if (entry === undefined) throw notFound('NO_ITEM', 'The collection has no such Item.');
      return reply.type(GEO_JSON).send(JSON.stringify(await stacItem(entry, addressOf(origin, query))));
    },
  }),
  get({
    url: '/stac/search',
    summary: 'STAC API: search for Items',
    query: searchQuerySchema,
    answer: geoJson,
    async handle({ query: { token, key, ...search }, origin }, _context, reply) {
      const page = searchEntries(await stacEntries(records), oneArea({ ...search, after: token }));
      const links = pageLinks('/stac/search', reply.request.query as Record<string, unknown>, page, origin);
      return reply
        .type(GEO_JSON)
        .send(JSON.stringify(await stacPage(page, links, addressOf(origin, { key }))));
    },
  }),
  defineRoute({
    method: 'POST',
    url: '/stac/search',
    tag: 'STAC',
    summary: 'STAC API: search for Items',
    scope: 'read',
    query,
    body: searchBodySchema,
    answer: geoJson,
    async handle({ body: { token, ...search }, query, origin }, _context, reply) {
      const address = addressOf(origin, query);
      const page = searchEntries(await stacEntries(records), oneArea({ ...search, after: token }));
      const href = withQuery(address, '/stac/search');
      const next =
        page.next === null
          ? []
          : [
              {
                rel: 'next',
                type: GEO_JSON,
                method: 'POST',
                href,
                body: { token: tokenOf(page.next) },
                merge: true,
              },
            ];
      return reply.type(GEO_JSON).send(JSON.stringify(await stacPage(page, next, address)));
    },
  }),
];

function oneArea(search: StacSearch): StacSearch {
  if (search.bbox === undefined || search.intersects === undefined) return search;
  throw badRequest('TWO_AREAS', 'bbox and intersects cannot both be given.');
}
