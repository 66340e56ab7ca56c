import { z } from 'zod';
import { WEB_MERCATOR_QUAD } from '../../geo/tile-matrix.ts';
import { idSchema } from '../ids.ts';
import { badRequest } from '../problem.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import type { ServerContext } from '../server-context.ts';
import { ASKED_FORMATS, MEDIA_TYPES } from '../tiles/encode-picture.ts';
import { lookQuerySchema, plainQuerySchema } from '../tiles/look-schema.ts';
import type { PictureService } from '../tiles/picture-service.ts';
import { planSampling } from '../tiles/plan-sampling.ts';
import { isKnown, sendPicture } from '../tiles/send-picture.ts';
import { tileJson, tileJsonSchema } from '../tiles/tile-json.ts';
import { addressedTile, tileParams } from '../tiles/tile-routes.ts';
import type { LivePlan } from './live-plan.ts';
import type { LivePredictions } from './live-predictions.ts';
import { liveRaster, MOST_REGIONS_A_SIDE } from './live-raster.ts';

const params = z.object({ application: idSchema, model: idSchema, scene: idSchema, layer: idSchema });
const PATH = '/tiles/live/{application}/{model}/{scene}/{layer}';

/** Map tiles of what a model says of a scene, worked out as they are looked at. */
export function liveTileRoutes(
  predictions: LivePredictions,
  service: PictureService,
  { signal: always }: ServerContext,
): AnyRoute[] {
  /** What was predicted for the tile before lies in memory when this reads it. */
  const rasterOf = (plan: LivePlan, named: z.infer<typeof params>) =>
    liveRaster(plan, named, (window) =>
      predictions.pixels(plan, window, { client: 'tiles', signal: always }),
    );
  return [
    defineRoute({
      method: 'GET',
      url: `${PATH}/{z}/{x}/{tile}`,
      tag: 'predictions',
      summary: 'Map tile of what a model says of a scene; it is predicted if nobody has asked before',
      scope: 'read',
      params: params.extend(tileParams.shape),
      query: lookQuerySchema.extend(plainQuerySchema.shape),
      answer: {
        description: 'The picture; transparent where there is nothing',
        mediaTypes: Object.values(MEDIA_TYPES),
      },
      async handle({ params, query: { v, ...look }, headers, signal, client }, _context, reply) {
        const { grid, format } = addressedTile(WEB_MERCATOR_QUAD, params);
        const plan = await predictions.plan(params);
        const asked = service.askAbout(rasterOf(plan, params), { grid, look, format });
        if (!isKnown(headers['if-none-match'], asked.etag)) {
          const source = await asked.raster.pieces[0]?.open();
          const sampling = source === undefined ? null : planSampling(source.frame, source.levels, grid);
          const most = MOST_REGIONS_A_SIDE * plan.regionPixels;
          if (sampling !== null && Math.max(sampling.window.width, sampling.window.height) > most) {
            throw badRequest(
              'TOO_MUCH_AT_ONCE',
              'This map tile shows more than is predicted at once.',
              'Zoom in; TileJSON says from which level on.',
            );
          }
          if (sampling !== null) await predictions.pixels(plan, sampling.window, { client, signal });
        }
        return sendPicture(service, asked, { headers, signal, version: v }, reply);
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${PATH}/tilejson.json`,
      tag: 'predictions',
      summary:
        'TileJSON of what a model says of a scene; layers: class, confidence, probability, of galleries also bucket, margin',
      scope: 'read',
      params,
      query: lookQuerySchema.extend({ format: z.enum(ASKED_FORMATS).default('auto') }),
      answer: { description: 'TileJSON 3.0, with a legend', schema: tileJsonSchema },
      async handle({ params, query: { format, ...look }, origin }) {
        return tileJson(rasterOf(await predictions.plan(params), params), { origin, format, look });
      },
    }),
  ];
}
