import { OPENAPI_TYPE } from '../openapi.ts';
import { notFound } from '../problem.ts';
import { withQuery, type ServiceAddress } from '../ogc/service-address.ts';
import type { WorkspaceRecords } from '../tiles/workspace-records.ts';
import { tokenOf } from './search-schema.ts';
import type { StacPage } from './search.ts';
import { mapsCollection, runOfCollection, SCENES, stacEntries, type StacEntry } from './stac-entry.ts';
import { stacItem, type CollectionFacts } from './stac-items.ts';

const JSON_TYPE = 'application/json';
export const GEO_JSON = 'application/geo+json';

/** What the service does, of STAC API and OGC API Features. */
export const CONFORMANCE = [
  'https://api.stacspec.org/v1.0.0/core',
  'https://api.stacspec.org/v1.0.0/collections',
  'https://api.stacspec.org/v1.0.0/ogcapi-features',
  'https://api.stacspec.org/v1.0.0/item-search',
  'http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core',
  'http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson',
];

/** The collections there are: the scenes, and the maps of each run that has any. */
export async function stacCollections(records: WorkspaceRecords): Promise<CollectionFacts[]> {
  const members = new Map<string, StacEntry[]>([[SCENES, []]]);
  for (const entry of await stacEntries(records)) {
    const known = members.get(entry.collection);
    if (known === undefined) members.set(entry.collection, [entry]);
    else known.push(entry);
  }
  return [...members].map(([id, entries]) => ({ id, entries, ...wordsOf(entries[0]?.run ?? null) }));
}

const wordsOf = (run: StacEntry['run']) =>
  run === null
    ? { title: 'Scenes', description: 'The scenes of the workspace' }
    : {
        title: `${run.application} maps`,
        description: `The maps of run ${run.id}, application ${run.application}`,
      };

/** One of them. Throws 404. */
export async function stacCollectionOf(records: WorkspaceRecords, id: string): Promise<CollectionFacts> {
  const found = (await stacCollections(records)).find((one) => one.id === id);
  if (found !== undefined) return found;
  const run = runOfCollection(id);
  throw notFound(
    'NO_COLLECTION',
    'There is no such collection.',
    run === null
      ? `There is ${SCENES}, and ${mapsCollection('RUN')} of each run.`
      : 'The run has no map yet, or does not exist.',
  );
}

/** The catalogue that everything else is found from. */
export const stacLandingPage = (collections: readonly CollectionFacts[], address: ServiceAddress) => ({
  type: 'Catalog',
  stac_version: '1.1.0',
  id: 'resflow',
  title: 'RESFlow',
  description: 'Scenes and maps of a workspace',
  conformsTo: CONFORMANCE,
  links: [
    { rel: 'self', type: JSON_TYPE, href: withQuery(address, '/stac') },
    { rel: 'root', type: JSON_TYPE, href: withQuery(address, '/stac') },
    { rel: 'conformance', type: JSON_TYPE, href: withQuery(address, '/stac/conformance') },
    {
      rel: 'service-desc',
      type: OPENAPI_TYPE,
      href: withQuery(address, '/api/openapi.json'),
    },
    { rel: 'data', type: JSON_TYPE, href: withQuery(address, '/stac/collections') },
    { rel: 'search', type: GEO_JSON, method: 'GET', href: withQuery(address, '/stac/search') },
    { rel: 'search', type: GEO_JSON, method: 'POST', href: withQuery(address, '/stac/search') },
    ...collections.map(({ id, title }) => ({
      rel: 'child',
      type: JSON_TYPE,
      title,
      href: withQuery(address, `/stac/collections/${id}`),
    })),
  ],
});

/** A page of Items, as GeoJSON. */
export async function stacPage(page: StacPage, links: readonly object[], address: ServiceAddress) {
  return {
    type: 'FeatureCollection',
    features: await Promise.all(page.entries.map((entry) => stacItem(entry, address))),
    numberMatched: page.matched,
    numberReturned: page.entries.length,
    links: [{ rel: 'root', type: JSON_TYPE, href: withQuery(address, '/stac') }, ...links],
  };
}

/** Links to a page that was asked for by its address, and to the one after it. */
export function pageLinks(
  path: string,
  asked: Readonly<Record<string, unknown>>,
  page: StacPage,
  origin: string,
) {
  const pairs = Object.entries(asked).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  const at = (query: URLSearchParams) => `${origin}${path}${query.size === 0 ? '' : `?${query.toString()}`}`;
  const next = new URLSearchParams(pairs);
  if (page.next !== null) next.set('token', tokenOf(page.next));
  return [
    { rel: 'self', type: GEO_JSON, href: at(new URLSearchParams(pairs)) },
    ...(page.next === null ? [] : [{ rel: 'next', type: GEO_JSON, href: at(next) }]),
  ];
}
