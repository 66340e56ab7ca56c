import { z } from 'zod';
import { boxesMeet } from '../../geo/lon-lat-box.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';
import { SPLITS } from '../../workspace/scene-record.ts';
import { readScene, readScenes } from '../../workspace/scenes.ts';
import { bboxTextSchema, geometrySchema, idSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { checkSource } from '../source-guard.ts';

/** A scene for lists and maps. */
export const sceneViewSchema = z.object({
  id: z.string(),
  place: z.string(),
  split: z.enum(SPLITS).nullable(),
  width: z.int(),
  height: z.int(),
  /** Metres on the ground. */
  gsd: z.number(),
  crs: z.string().nullable(),
  bands: z.array(z.string()),
  validShare: z.number(),
  datetime: z.string().nullable(),
  /** West, south, east, north in degrees. */
  bbox: z.array(z.number()),
  geometry: geometrySchema,
});
export type SceneView = z.infer<typeof sceneViewSchema>;

/** Where the file lies is not told: whoever asks may sit elsewhere. */
export function sceneView(item: SceneItem): SceneView {
  const { properties } = item;
  const [height = 0, width = 0] = properties['proj:shape'];
  return {
    id: item.id,
    place: properties['resflow:place'],
    split: properties['resflow:split'],
    width,
    height,
    gsd: properties.gsd,
    crs: properties['proj:code'],
    bands: item.assets.image.bands.map(({ name }) => name),
    validShare: properties['resflow:valid_share'],
    datetime: properties.datetime,
    bbox: item.bbox,
    geometry: item.geometry,
  };
}

export const sceneRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api/scenes',
    tag: 'scenes',
    summary: 'List the scenes',
    scope: 'read',
    query: z.object({ place: z.string().max(200).optional(), bbox: bboxTextSchema.optional() }),
    answer: {
      description: 'Scenes, sorted by name.',
      schema: z.object({ scenes: z.array(sceneViewSchema) }),
    },
    async handle({ query }, { root }) {
      const scenes = (await readScenes(root, 'all')).map(sceneView);
      return {
        scenes: scenes.filter(
          ({ place, bbox }) =>
            (query.place === undefined || place === query.place) &&
            (query.bbox === undefined || boxesMeet(bbox, query.bbox)),
        ),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/scenes/{scene}',
    tag: 'scenes',
    summary: 'Show a scene',
    scope: 'read',
    params: z.object({ scene: idSchema }),
    answer: {
      description: 'The scene, with the statistics of its bands.',
      schema: sceneViewSchema.extend({
        statistics: z.array(
          z.object({
            name: z.string(),
            minimum: z.number(),
            maximum: z.number(),
            mean: z.number(),
            stddev: z.number(),
          }),
        ),
      }),
    },
    async handle({ params }, { root }) {
      const item = await readScene(root, params.scene);
      const statistics = item.assets.image.bands.map(
        ({ name, statistics: { minimum, maximum, mean, stddev } }) => ({
          name,
          minimum,
          maximum,
          mean,
          stddev,
        }),
      );
      return { ...sceneView(item), statistics };
    },
  }),
  defineRoute({
    method: 'POST',
    url: '/api/scenes',
    tag: 'scenes',
    summary: 'Add a scene from an address on a host that the server allows',
    scope: 'admin',
    body: z.strictObject({
      url: z.string().max(2000),
      place: z.string().trim().min(1).max(200),
      split: z.enum(SPLITS).optional(),
    }),
    answer: {
      description: 'The scene; or why it was refused.',
      schema: z.object({
        scenes: z.array(sceneViewSchema),
        refused: z.array(z.object({ code: z.string(), message: z.string() })),
      }),
    },
    async handle({ body, signal }, { root, commands, sources }) {
      const url = await checkSource(body.url, sources);
      const options = [
        `--place=${body.place}`,
        ...(body.split === undefined ? [] : [`--split=${body.split}`]),
      ];
      const added = addedSchema.parse(
        await commands.runApart(['scene', 'add'], { options, args: [url] }, signal),
      );
      const ids = added.scenes.map(({ id }) => id);
      return { scenes: (await readScenes(root, ids)).map(sceneView), refused: added.refused };
    },
  }),
  defineRoute({
    method: 'DELETE',
    url: '/api/scenes/{scene}',
    tag: 'scenes',
    summary: 'Take a scene out of the workspace; its file and its maps stay',
    scope: 'admin',
    params: z.object({ scene: idSchema }),
    answer: { description: 'What was removed.', schema: z.object({ scene: z.string() }) },
    async handle({ params: { scene }, signal }, { root, commands }) {
      await readScene(root, scene);
      await commands.run(['scene', 'remove'], { ids: [scene] }, signal);
      return { scene };
    },
  }),
];

const addedSchema = z.object({
  scenes: z.array(z.object({ id: z.string() })),
  refused: z.array(z.object({ code: z.string(), message: z.string() })),
});
