import { z } from 'zod';
import { defineRoute, type AnyRoute, type Route } from '../route.ts';
import { layerIdSchema } from '../tiles/layer-id.ts';
import { keyQuerySchema, lookQuerySchema } from '../tiles/look-schema.ts';
import type { PictureService } from '../tiles/picture-service.ts';
import { listRasters } from '../tiles/raster-list.ts';
import { sendPicture } from '../tiles/send-picture.ts';
import type { RasterName } from '../tiles/served-raster.ts';
import { addressedTile, PICTURE_ANSWER } from '../tiles/tile-routes.ts';
import { matrixSetOf } from './matrix-set.ts';
import {
  collectionDocument,
  collectionList,
  CONFORMANCE,
  landingPage,
  matrixSetDocument,
  matrixSetList,
  tilesetDocument,
  tilesetList,
} from './ogc-documents.ts';
import { addressOf } from './service-address.ts';

const TAG = 'map services';
const answer = { description: 'As OGC API Tiles says', schema: z.record(z.string(), z.unknown()) };
const layer = z.object({ layer: layerIdSchema });
const layerSet = z.object({ layer: layerIdSchema, set: z.string().max(64) });

const documentRoute = <P>(
  route: Pick<Route<P, { key?: string | undefined }>, 'url' | 'summary' | 'params' | 'handle'>,
): AnyRoute =>
  defineRoute({ method: 'GET', tag: TAG, scope: 'read', query: keyQuerySchema, answer, ...route });

/** OGC API Tiles: map tiles of every scene and run, each a collection. */
export function ogcRoutes(service: PictureService): AnyRoute[] {
  const found = async (name: RasterName) => ({ ...(await service.catalogue.find(name)), name });
  return [
    documentRoute({
      url: '/ogc',
      summary: 'OGC API: landing page',
      handle: ({ origin, query }) => landingPage(addressOf(origin, query)),
    }),
    documentRoute({
      url: '/ogc/conformance',
      summary: 'OGC API: conformance',
      handle: () => ({ conformsTo: CONFORMANCE }),
    }),
    documentRoute({
      url: '/ogc/tileMatrixSets',
      summary: 'OGC API Tiles: tile matrix sets',
      handle: ({ origin, query }) => matrixSetList(addressOf(origin, query)),
    }),
    documentRoute({
      url: '/ogc/tileMatrixSets/{set}',
      summary: 'OGC API Tiles: a tile matrix set',
      params: z.object({ set: z.string().max(64) }),
      handle: ({ params: { set } }) => matrixSetDocument(matrixSetOf(set)),
    }),
    documentRoute({
      url: '/ogc/collections',
      summary: 'OGC API: collections',
      handle: async ({ origin, query }) =>
        collectionList(await listRasters(service.catalogue.records), addressOf(origin, query)),
    }),
    documentRoute({
      url: '/ogc/collections/{layer}',
      summary: 'OGC API: a collection',
      params: layer,
      handle: async ({ params, origin, query }) =>
        collectionDocument(await found(params.layer), addressOf(origin, query)),
    }),
    documentRoute({
      url: '/ogc/collections/{layer}/map/tiles',
      summary: 'OGC API Tiles: tile sets of a collection',
      params: layer,
      handle: async ({ params, origin, query }) =>
        tilesetList(await found(params.layer), addressOf(origin, query)),
    }),
    documentRoute({
      url: '/ogc/collections/{layer}/map/tiles/{set}',
      summary: 'OGC API Tiles: a tile set',
      params: layerSet,
      handle: async ({ params, origin, query }) =>
        tilesetDocument(await found(params.layer), matrixSetOf(params.set), addressOf(origin, query)),
    }),
    defineRoute({
      method: 'GET',
      url: '/ogc/collections/{layer}/map/tiles/{set}/{z}/{row}/{column}',
      tag: TAG,
      summary: 'OGC API Tiles: a map tile',
      scope: 'read',
      params: layerSet.extend({
        z: z.string().regex(/^\d{1,2}$/),
        row: z.string().regex(/^\d{1,9}$/),
        column: z.string().regex(/^\d{1,9}$/),
      }),
      query: lookQuerySchema.extend({ f: z.enum(['png', 'webp', 'jpg', 'jpeg']).optional() }),
      answer: PICTURE_ANSWER,
      async handle({ params, query: { f, ...look }, headers, signal }, _context, reply) {
        const extension = f ?? acceptedFormat(headers.accept);
        const tile = { z: params.z, x: params.column, tile: `${params.row}.${extension}` };
        const { grid, format } = addressedTile(matrixSetOf(params.set), tile);
        return sendPicture(
          service,
          await service.ask(params.layer, { grid, format, look }),
          { headers, signal },
          reply,
        );
      },
    }),
  ];
}

/** PNG, unless a client takes others and not that. */
function acceptedFormat(accept: string | string[] | undefined): 'png' | 'webp' | 'jpg' {
  const text = String(accept ?? '');
  if (text.includes('image/png') || text.includes('*')) return 'png';
  if (text.includes('image/webp')) return 'webp';
  return text.includes('image/jpeg') ? 'jpg' : 'png';
}
