import { z } from 'zod';
import { isTile, tileGrid, WEB_MERCATOR_QUAD, type TileMatrixSet } from '../../geo/tile-matrix.ts';
import { badRequest } from '../problem.ts';
import { idSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { ASKED_FORMATS, MEDIA_TYPES, PICTURE_FORMATS, type AskedFormat } from './encode-picture.ts';
import { keyQuerySchema, lookQuerySchema, plainQuerySchema } from './look-schema.ts';
import type { PictureService } from './picture-service.ts';
import { sendPicture } from './send-picture.ts';
import { ALL_SCENES, type RasterName } from './served-raster.ts';
import { tileJson, tileJsonSchema } from './tile-json.ts';

export const sceneParams = z.object({ scene: idSchema });
export const mapParams = z.object({ run: idSchema, scene: idSchema, layer: idSchema });

export const sceneRaster = ({ scene }: z.infer<typeof sceneParams>): RasterName => ({ kind: 'scene', scene });
export const mapRaster = ({ run, scene, layer }: z.infer<typeof mapParams>): RasterName => ({
  kind: 'map',
  run,
  scene: scene === ALL_SCENES ? null : scene,
  layer,
});

const TILE = /^(\d{1,9})(@2x)?(?:\.([a-z]{3,4}))?$/;
export const tileParams = z.object({
  z: z.string().regex(/^\d{1,2}$/, 'is no level'),
  x: z.string().regex(/^\d{1,9}$/, 'is no column'),
  tile: z.string().regex(TILE, 'is no ROW or ROW.FORMAT, such as 12, 12.webp or 12@2x.png'),
});
type TileParams = z.infer<typeof tileParams>;

const query = lookQuerySchema.extend(plainQuerySchema.shape);

/** The pixels and form of a map tile that an address names. Throws 400 where there is none. */
export function addressedTile(set: TileMatrixSet, { z, x, tile }: TileParams) {
  const [, row = '', double, format = 'auto'] = TILE.exec(tile) ?? [];
  const address = { z: Number(z), x: Number(x), y: Number(row) };
  if (!isTile(set, address)) {
    throw badRequest(
      'NO_TILE',
      `There is no map tile ${z}/${x}/${row} in ${set.id}.`,
      'x and y run from 0 to 2^z - 1, from the upper left; z ends at 24.',
    );
  }
  return { grid: tileGrid(set, address, double === undefined ? 1 : 2), format: pictureFormat(format) };
}

function pictureFormat(text: string): AskedFormat {
  const name = text === 'jpeg' ? 'jpg' : text;
  const found = ASKED_FORMATS.find((format) => format === name);
  if (found !== undefined) return found;
  throw badRequest(
    'NO_FORMAT',
    `Map tiles do not come as '${text}'.`,
    `There are: ${PICTURE_FORMATS.join(', ')}; without one, whichever suits.`,
  );
}

export const PICTURE_ANSWER = {
  description: 'The picture; transparent where there is nothing',
  mediaTypes: Object.values(MEDIA_TYPES),
};
const TAG = 'map services';

interface Named {
  readonly name: RasterName;
}

/** Map tiles (XYZ) and TileJSON of scenes and of maps. */
export function tileRoutes(service: PictureService): AnyRoute[] {
  return [
    ...routesOf(service, 'scene/{scene}', 'the imagery of a scene', {
      raster: sceneParams.transform((params) => ({ name: sceneRaster(params) })),
      tile: sceneParams
        .extend(tileParams.shape)
        .transform((params) => ({ ...params, name: sceneRaster(params) })),
    }),
    ...routesOf(
      service,
      'map/{run}/{scene}/{layer}',
      `a layer of a map; scene '${ALL_SCENES}': of all scenes`,
      {
        raster: mapParams.transform((params) => ({ name: mapRaster(params) })),
        tile: mapParams
          .extend(tileParams.shape)
          .transform((params) => ({ ...params, name: mapRaster(params) })),
      },
    ),
  ];
}

function routesOf(
  service: PictureService,
  path: string,
  what: string,
  params: { readonly raster: z.ZodType<Named>; readonly tile: z.ZodType<Named & TileParams> },
): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: `/tiles/${path}/{z}/{x}/{tile}`,
      tag: TAG,
      summary: `Map tile of ${what}`,
      scope: 'read',
      params: params.tile,
      query,
      answer: PICTURE_ANSWER,
      async handle({ params, query: { v, ...look }, headers, signal }, _context, reply) {
        const { grid, format } = addressedTile(WEB_MERCATOR_QUAD, params);
        const asked = await service.ask(params.name, { grid, look, format });
        return sendPicture(service, asked, { headers, signal, version: v }, reply);
      },
    }),
    defineRoute({
      method: 'GET',
      url: `/tiles/${path}/tilejson.json`,
      tag: TAG,
      summary: `TileJSON of ${what}`,
      scope: 'read',
      params: params.raster,
      query: lookQuerySchema
        .extend(keyQuerySchema.shape)
        .extend({ format: z.enum(ASKED_FORMATS).default('auto') }),
      answer: { description: 'TileJSON 3.0, with a legend', schema: tileJsonSchema },
      async handle({ params, query: { format, key, ...look }, origin }) {
        return tileJson(await service.catalogue.find(params.name), { origin, format, look, key });
      },
    }),
  ];
}
