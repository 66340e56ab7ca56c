import { z } from 'zod';
import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import { COG_MEDIA_TYPE } from '../../mosaic/map-item.ts';
import { isRemote, isVirtual } from '../../raster/gdal-path.ts';
import { readRecordIfAny } from '../../workspace/workspace.ts';
import { withQuery, type ServiceAddress } from '../ogc/service-address.ts';
import { layerId } from '../tiles/layer-id.ts';
import { ALL_SCENES, boxAround, rasterPath, type RasterName } from '../tiles/served-raster.ts';
import { SCENES, type StacEntry } from './stac-entry.ts';

type Json = Readonly<Record<string, unknown>>;

const WEB_MAP_LINKS = 'https://stac-extensions.github.io/web-map-links/v1.2.0/schema.json';

/** An Item as it is served: its assets and links are addresses of this server, and no path of its machine is told. */
export async function stacItem(entry: StacEntry, address: ServiceAddress): Promise<Json> {
  const base = entry.run === null ? sceneBase(entry, address) : await mapBase(entry, address);
  const { collection, id } = entry;
  const path = `/stac/collections/${collection}`;
  return {
    ...base,
    id,
    collection,
    links: [
      { rel: 'self', type: 'application/geo+json', href: withQuery(address, `${path}/items/${id}`) },
      { rel: 'root', type: 'application/json', href: withQuery(address, '/stac') },
      { rel: 'parent', type: 'application/json', href: withQuery(address, path) },
      { rel: 'collection', type: 'application/json', href: withQuery(address, path) },
      ...(base['links'] as readonly Json[]),
    ],
  };
}

function sceneBase({ scene }: StacEntry, address: ServiceAddress): Json {
  const { 'resflow:source': _source, ...properties } = scene.properties;
  const { image } = scene.assets;
  const name: RasterName = { kind: 'scene', scene: scene.id };
  return {
    ...scene,
    stac_extensions: [...scene.stac_extensions, WEB_MAP_LINKS],
    properties,
    assets: {
      image: { ...image, href: assetHref(image.href, name, address) },
      ...thumbnail(name, scene.bbox, address),
    },
    links: webMapLinks(name, address),
  };
}

/** The Item that was written beside a map; where that is out of reach (a storage), one of what the run's record says. */
async function mapBase({ scene, run }: StacEntry, address: ServiceAddress): Promise<Json> {
  if (run === null) throw new RangeError('a map has a run');
  const mapped = run.scenes.find((one) => one.scene === scene.id);
  const layers = Object.entries(mapped?.layers ?? {});
  const file = mapped?.item ?? null;
  const written = file === null || isRemote(file) ? null : await readRecordIfAny(file, writtenItem);
  const nameOf = (layer: string): RasterName => ({ kind: 'map', run: run.id, scene: scene.id, layer });
  const assets = layers.map(([layer, href]) => [
    layer,
    {
      type: COG_MEDIA_TYPE,
      title: layer,
      roles: ['data'],
      ...written?.assets[layer],
      href: assetHref(href, nameOf(layer), address),
    },
  ]);
  const { datetime, start_datetime, end_datetime } = scene.properties;
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: [...(written?.stac_extensions ?? []), WEB_MAP_LINKS],
    geometry: scene.geometry,
    bbox: scene.bbox,
    properties: written?.properties ?? {
      title: `${run.application} map of ${scene.id}`,
      datetime,
      ...(start_datetime === undefined ? {} : { start_datetime, end_datetime }),
      created: run.created,
    },
    assets: { ...Object.fromEntries(assets), ...thumbnail(nameOf('class'), scene.bbox, address) },
    links: [
      {
        rel: 'derived_from',
        type: 'application/geo+json',
        href: withQuery(address, `/stac/collections/${SCENES}/items/${scene.id}`),
      },
      ...layers.flatMap(([layer]) => webMapLinks(nameOf(layer), address)),
    ],
  };
}

const writtenItem = z.looseObject({
  stac_extensions: z.array(z.string()),
  properties: z.record(z.string(), z.unknown()),
  assets: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** Files of this machine are served by it; others are read where they lie. */
function assetHref(href: string, name: RasterName, address: ServiceAddress): string {
  if (isRemote(href) && !isVirtual(href)) return href;
  return withQuery(address, `/files/${rasterPath(name)}.tif`);
}

const webMapLinks = (name: RasterName, address: ServiceAddress): Json[] => [
  {
    rel: 'tilejson',
    type: 'application/json',
    title: name.kind === 'map' ? name.layer : 'imagery',
    href: withQuery(address, `/tiles/${rasterPath(name)}/tilejson.json`),
  },
];

const THUMBNAIL_PIXELS = 256;

/** A small picture of all of it, not higher than wide. */
function thumbnail(name: RasterName, box: LonLatBox, address: ServiceAddress) {
  const [west = 0, south = 0, east = 0, north = 0] = box;
  if (east <= west || north <= south) return {};
  const shape = (north - south) / ((east - west) * Math.cos((((south + north) / 2) * Math.PI) / 180));
  const side = (share: number) => Math.max(1, Math.round(THUMBNAIL_PIXELS * Math.min(1, share)));
  const query = `bbox=${box.join()}&bboxSR=4326&imageSR=3857&size=${side(1 / shape)},${side(shape)}&format=webp&f=image`;
  const href = withQuery(address, `/arcgis/rest/services/${layerId(name)}/ImageServer/exportImage`, query);
  return { thumbnail: { href, type: 'image/webp', roles: ['thumbnail'] } };
}

const WORLD = [-180, -90, 180, 90];

/** A collection and all that is in it. */
export interface CollectionFacts {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly entries: readonly StacEntry[];
}

/** A collection's own document. */
export function stacCollection(
  { id, title, description, entries }: CollectionFacts,
  address: ServiceAddress,
): Json {
  const path = `/stac/collections/${id}`;
  const times = entries.flatMap(({ from, to }) => [from, to]);
  const run = entries[0]?.run ?? null;
  return {
    type: 'Collection',
    stac_version: '1.1.0',
    id,
    title,
    description,
    license: 'other',
    extent: {
      spatial: { bbox: [entries.length === 0 ? WORLD : boxAround(entries.map(({ box }) => box))] },
      temporal: {
        interval: [times.length === 0 ? [null, null] : [time(Math.min(...times)), time(Math.max(...times))]],
      },
    },
    links: [
      { rel: 'self', type: 'application/json', href: withQuery(address, path) },
      { rel: 'root', type: 'application/json', href: withQuery(address, '/stac') },
      { rel: 'parent', type: 'application/json', href: withQuery(address, '/stac') },
      { rel: 'items', type: 'application/geo+json', href: withQuery(address, `${path}/items`) },
      ...(run === null
        ? []
        : [...new Set(run.scenes.flatMap(({ layers }) => Object.keys(layers)))].map((layer) => ({
            rel: 'tilejson',
            type: 'application/json',
            title: layer,
            href: withQuery(address, `/tiles/map/${run.id}/${ALL_SCENES}/${layer}/tilejson.json`),
          }))),
    ],
  };
}

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
