import { z } from 'zod';
import { WEB_MERCATOR_QUAD } from '../../geo/tile-matrix.ts';
import { badRequest } from '../problem.ts';
import { defineRoute, type AnyRoute, type Route } from '../route.ts';
import { addressOf, withQuery } from '../ogc/service-address.ts';
import type { AskedFormat } from '../tiles/encode-picture.ts';
import { layerId, layerIdSchema } from '../tiles/layer-id.ts';
import { keyQuerySchema, lookQuerySchema, numbers } from '../tiles/look-schema.ts';
import type { PictureService } from '../tiles/picture-service.ts';
import { listRasters } from '../tiles/raster-list.ts';
import { sendPicture } from '../tiles/send-picture.ts';
import { addressedTile, PICTURE_ANSWER } from '../tiles/tile-routes.ts';
import { ARCGIS_VERSION, imageService } from './image-service.ts';
import { crsOfWkid, MOST_PIXELS, pictureGrid } from './picture-request.ts';

const TAG = 'map services';
const SERVICES = '/arcgis/rest/services';
const answer = { description: 'As ArcGIS Server answers f=json', schema: z.record(z.string(), z.unknown()) };
const query = keyQuerySchema.extend({ f: z.enum(['json', 'pjson']).default('json') });
const params = z.object({ layer: layerIdSchema });

const documentRoute = <P>(
  route: Pick<Route<P, z.infer<typeof query>>, 'url' | 'summary' | 'params' | 'handle'>,
): AnyRoute => defineRoute({ method: 'GET', tag: TAG, scope: 'read', query, answer, ...route });

function isExtent([minX = 0, minY = 0, maxX = 0, maxY = 0, ...rest]: number[]): boolean {
  const near = [minX, minY, maxX, maxY].every((value) => Math.abs(value) < 1e9);
  return near && maxX > minX && maxY > minY && rest.length === 0;
}

function isSize(size: number[]): boolean {
  return (
    size.length === 2 && size.every((side) => Number.isInteger(side) && side >= 1 && side <= MOST_PIXELS)
  );
}

const exportQuery = lookQuerySchema.extend(keyQuerySchema.shape).extend({
  bbox: numbers(4).refine(isExtent, 'is no XMIN,YMIN,XMAX,YMAX'),
  size: numbers(2).refine(isSize, `is no WIDTH,HEIGHT up to ${MOST_PIXELS}`).default([400, 400]),
  bboxSR: z.string().max(200).default('102100'),
  imageSR: z.string().max(200).optional(),
  format: z.string().max(20).default('jpgpng'),
  f: z.enum(['image', 'json', 'pjson']).default('image'),
});

/** What ArcGIS calls its formats. */
const FORMATS: ReadonlyMap<string, AskedFormat> = new Map([
  ['jpgpng', 'auto'],
  ['png', 'png'],
  ['png8', 'png'],
  ['png24', 'png'],
  ['png32', 'png'],
  ['jpg', 'jpg'],
  ['webp', 'webp'],
]);

/** An image service for each raster, as far as ArcGIS Pro, ArcGIS Online and QGIS ask for it. */
export const arcgisRoutes = (service: PictureService): AnyRoute[] => [
  documentRoute({
    url: '/arcgis/rest/info',
    summary: 'ArcGIS: about the server',
    handle: () => ({ currentVersion: ARCGIS_VERSION, authInfo: { isTokenBasedSecurity: false } }),
  }),
  documentRoute({
    url: SERVICES,
    summary: 'ArcGIS: image services',
    handle: async (_request) => ({
      currentVersion: ARCGIS_VERSION,
      folders: [],
      services: (await listRasters(service.catalogue.records)).map(({ name }) => ({
        name: layerId(name),
        type: 'ImageServer',
      })),
    }),
  }),
  documentRoute({
    url: `${SERVICES}/{layer}/ImageServer`,
    summary: 'ArcGIS: an image service',
    params,
    handle: async ({ params }) => imageService(params.layer, await service.catalogue.find(params.layer)),
  }),
  defineRoute({
    method: 'GET',
    url: `${SERVICES}/{layer}/ImageServer/tile/{z}/{row}/{column}`,
    tag: TAG,
    summary: 'ArcGIS: a tile of an image service',
    scope: 'read',
    params: params.extend({
      z: z.string().regex(/^\d{1,2}$/),
      row: z.string().regex(/^\d{1,9}$/),
      column: z.string().regex(/^\d{1,9}$/),
    }),
    query: lookQuerySchema,
    answer: PICTURE_ANSWER,
    async handle({ params, query: look, headers, signal }, _context, reply) {
      const tile = { z: params.z, x: params.column, tile: `${params.row}.png` };
      const { grid, format } = addressedTile(WEB_MERCATOR_QUAD, tile);
      return sendPicture(
        service,
        await service.ask(params.layer, { grid, format, look }),
        { headers, signal },
        reply,
      );
    },
  }),
  defineRoute({
    method: 'GET',
    url: `${SERVICES}/{layer}/ImageServer/exportImage`,
    tag: TAG,
    summary: 'ArcGIS: a picture of any extent, size and spatial reference',
    scope: 'read',
    params,
    query: exportQuery,
    answer: PICTURE_ANSWER,
    async handle({ params, query, headers, origin, signal }, _context, reply) {
      const { bbox, size, bboxSR, imageSR, format: named, f, key, ...look } = query;
      const format = FORMATS.get(named.toLowerCase());
      if (format === undefined)
        throw badRequest(
          'NO_FORMAT',
          'format is none that is drawn.',
          'There are: jpgpng, png, png32, jpg, webp.',
        );
      const [minX = 0, minY = 0, maxX = 0, maxY = 0] = bbox;
      const [width = 0, height = 0] = size;
      const [from, to] = [crsOfWkid(bboxSR), crsOfWkid(imageSR ?? bboxSR)];
      const grid = pictureGrid({ minX, minY, maxX, maxY }, from, to, [width, height]);
      const asked = await service.ask(params.layer, { grid, format, look });
      if (f === 'image') return sendPicture(service, asked, { headers, signal }, reply);
      const [left, cell, , top, , down] = grid.transform;
      return {
        href: withQuery(
          addressOf(origin, { key }),
          `${SERVICES}/${layerId(params.layer)}/ImageServer/exportImage`,
          `bbox=${bbox.join()}&size=${size.join()}&bboxSR=${encodeURIComponent(bboxSR)}&imageSR=${encodeURIComponent(imageSR ?? bboxSR)}&format=${encodeURIComponent(named)}&f=image`,
        ),
        width,
        height,
        extent: {
          xmin: left,
          ymin: top + down * height,
          xmax: left + cell * width,
          ymax: top,
          spatialReference: { wkid: Number(to.split(':')[1]?.replace('CRS84', '4326')) },
        },
        scale: 0,
      };
    },
  }),
];
