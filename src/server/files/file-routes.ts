import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import type { PictureService } from '../tiles/picture-service.ts';
import { mapRaster, sceneRaster } from '../tiles/tile-routes.ts';
import { sendTiff } from './send-file.ts';

const tifId = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}\.tif$/, 'is no NAME.tif')
  .transform((text) => text.slice(0, -'.tif'.length));

const answer = {
  description: 'The file, or the range of it that is asked for (206)',
  mediaTypes: ['image/tiff; application=geotiff'],
};
const TAG = 'map services';

/** The files themselves, for GDAL's /vsicurl/ and others that read Cloud Optimized GeoTIFFs by ranges. */
export const fileRoutes = ({ catalogue }: PictureService): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/files/scene/{file}',
    tag: TAG,
    summary: 'File of a scene (SCENE.tif), by ranges; only GeoTIFFs of this machine',
    scope: 'read',
    params: z.object({ file: tifId }),
    answer,
    handle: async ({ params, headers }, _context, reply) =>
      sendTiff(await catalogue.href(sceneRaster({ scene: params.file })), headers, reply),
  }),
  defineRoute({
    method: 'GET',
    url: '/files/map/{run}/{scene}/{file}',
    tag: TAG,
    summary: "File of a layer of a scene's map (LAYER.tif), by ranges",
    scope: 'read',
    params: z.object({ run: idSchema, scene: idSchema, file: tifId }),
    answer,
    handle: async ({ params: { run, scene, file }, headers }, _context, reply) =>
      sendTiff(await catalogue.href(mapRaster({ run, scene, layer: file })), headers, reply),
  }),
];
