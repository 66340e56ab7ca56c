import { z } from 'zod';
import { badRequest } from '../problem.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { layerIdSchema, parseLayerId } from '../tiles/layer-id.ts';
import { lookQuerySchema, plainQuerySchema } from '../tiles/look-schema.ts';
import type { PictureService } from '../tiles/picture-service.ts';
import { listRasters } from '../tiles/raster-list.ts';
import { sendPicture } from '../tiles/send-picture.ts';
import { addressedTile, PICTURE_ANSWER } from '../tiles/tile-routes.ts';
import { matrixSetOf } from './matrix-set.ts';
import { addressOf } from './service-address.ts';
import { wmtsCapabilities } from './wmts-capabilities.ts';

const TAG = 'map services';
const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/webp', 'webp'],
  ['image/jpeg', 'jpg'],
]);

/** WMTS 1.0.0: capabilities and tiles by key-value pairs and by addresses. Errors are problem documents. */
export const wmtsRoutes = (service: PictureService): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/wmts',
    tag: TAG,
    summary: 'WMTS 1.0.0 by key-value pairs (GetCapabilities, GetTile)',
    scope: 'read',
    query: z.record(z.string().max(64), z.unknown()).describe('WMTS parameters, names in any case'),
    answer: {
      description: 'Capabilities or a picture',
      mediaTypes: ['application/xml', 'image/png', 'image/webp', 'image/jpeg'],
    },
    async handle({ query, headers, origin, signal }, _context, reply) {
      const pairs = new Map(Object.entries(query).map(([name, value]) => [name.toLowerCase(), value]));
      const request = pairs.get('request');
      if (request === undefined || request === 'GetCapabilities') {
        const document = wmtsCapabilities(
          await listRasters(service.catalogue.records),
          addressOf(origin, query),
        );
        return reply.type('application/xml; charset=utf-8').send(document);
      }
      if (request !== 'GetTile')
        throw badRequest(
          'NO_OPERATION',
          'The service has no such operation.',
          'It has GetCapabilities and GetTile.',
        );
      const asked = tileRequest(pairs);
      const { grid, format } = addressedTile(asked.set, asked.tile);
      return sendPicture(
        service,
        await service.ask(asked.name, { grid, format, look: asked.look }),
        { headers, signal },
        reply,
      );
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/wmts/1.0.0/WMTSCapabilities.xml',
    tag: TAG,
    summary: 'WMTS 1.0.0 capabilities',
    scope: 'read',
    query: z.record(z.string().max(64), z.unknown()),
    answer: { description: 'Capabilities', mediaTypes: ['application/xml'] },
    async handle({ query, origin }, _context, reply) {
      const document = wmtsCapabilities(
        await listRasters(service.catalogue.records),
        addressOf(origin, query),
      );
      return reply.type('application/xml; charset=utf-8').send(document);
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/wmts/1.0.0/{layer}/default/{set}/{z}/{row}/{column}',
    tag: TAG,
    summary: 'WMTS 1.0.0 tile by address',
    scope: 'read',
    params: z.object({
      layer: layerIdSchema,
      set: z.string().max(64),
      z: z.string().regex(/^\d{1,2}$/),
      row: z.string().regex(/^\d{1,9}$/),
      column: z.string().regex(/^\d{1,9}\.[a-z]{3,4}$/),
    }),
    query: lookQuerySchema.extend(plainQuerySchema.shape),
    answer: PICTURE_ANSWER,
    async handle({ params, query: { v, ...look }, headers, signal }, _context, reply) {
      const [x = '', extension = ''] = params.column.split('.');
      const tile = { z: params.z, x, tile: `${params.row}.${extension}` };
      const { grid, format } = addressedTile(matrixSetOf(params.set), tile);
      return sendPicture(
        service,
        await service.ask(params.layer, { grid, format, look }),
        { headers, signal, version: v },
        reply,
      );
    },
  }),
];

/** The tile that key-value pairs name. Throws 400 where one is missing or wrong. */
function tileRequest(pairs: ReadonlyMap<string, unknown>) {
  const text = (name: string): string => {
    const value = pairs.get(name);
    if (typeof value === 'string' && value.length <= 500) return value;
    throw badRequest(
      'MISSING_PARAMETER',
      `GetTile needs one ${name.toUpperCase()}.`,
      'It takes LAYER, TILEMATRIXSET, TILEMATRIX, TILEROW, TILECOL, FORMAT.',
    );
  };
  const whole = (name: string): string => {
    if (/^\d{1,9}$/.test(text(name))) return text(name);
    throw badRequest('BAD_PARAMETER', `${name.toUpperCase()} is no whole number.`);
  };
  const name = parseLayerId(text('layer'));
  if (name === null)
    throw badRequest(
      'NO_LAYER_NAME',
      'LAYER is no scene:ID or map:RUN:SCENE:LAYER.',
      'GetCapabilities lists layers.',
    );
  const extension = EXTENSIONS.get(pairs.has('format') ? text('format') : 'image/png');
  if (extension === undefined)
    throw badRequest(
      'NO_FORMAT',
      'FORMAT is none that is served.',
      `There are: ${[...EXTENSIONS.keys()].join(', ')}.`,
    );
  const look = lookQuerySchema.safeParse(Object.fromEntries(pairs));
  if (!look.success)
    throw badRequest('BAD_LOOK', 'bands, rescale, colormap or hide are wrong.', 'See /api/openapi.json.');
  return {
    name,
    set: matrixSetOf(text('tilematrixset')),
    tile: { z: whole('tilematrix'), x: whole('tilecol'), tile: `${whole('tilerow')}.${extension}` },
    look: look.data,
  };
}
