import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { workspaceError } from '../../core/errors.ts';
import { vectorsFolder } from '../../workspace/layout.ts';
import { readRun } from '../../workspace/runs.ts';
import { bboxTextSchema, geometrySchema, idSchema } from '../ids.ts';
import { readObjects } from '../read-objects.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

const params = z.object({ run: idSchema });

/** The objects of a run that the server reads: FlatGeobuf in degrees, with its spatial index. */
const objectsFile = (root: string, run: string): string =>
  join(vectorsFolder(root, run), 'objects-lonlat.fgb');

const summarySchema = z.object({ run: z.string(), objects: z.int(), seconds: z.number() });

const vectorizedSchema = z.object({
  seconds: z.number(),
  files: z.array(z.object({ objects: z.int() })),
});

export const objectRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'POST',
    url: '/api/runs/{run}/objects',
    tag: 'results',
    summary: 'Outline the objects of the maps of a run',
    scope: 'run',
    params,
    body: z.strictObject({
      /** Smaller ones are left out; square metres on the ground. */
      minAreaM2: z.number().min(0).max(1e9).default(0),
      /** How far outlines may be moved to be straightened; metres on the ground. */
      simplifyMetres: z.number().min(0).max(1000).default(0),
    }),
    answer: { description: 'How many there are.', schema: summarySchema },
    async handle({ params: { run }, body, signal }, { root, commands }) {
      const { id } = await readRun(root, run);
      const options = [
        '--format=fgb',
        '--crs=EPSG:4326',
        `--out=${objectsFile(root, id)}`,
        `--min-area=${body.minAreaM2}`,
        `--simplify=${body.simplifyMetres}`,
      ];
      const words = { options, args: [id] };
      const { files, seconds } = vectorizedSchema.parse(
        await commands.runApart(['map', 'vectorize'], words, signal),
      );
      return { run: id, objects: files.reduce((sum, { objects }) => sum + objects, 0), seconds };
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/runs/{run}/objects',
    tag: 'results',
    summary: 'List objects of a run, as GeoJSON',
    scope: 'read',
    params,
    query: z.object({
      bbox: bboxTextSchema.optional(),
      scene: idSchema.optional(),
      limit: z.coerce.number().int().min(1).max(5000).default(500),
    }),
    answer: {
      description: 'A FeatureCollection; numberReturned is the limit where there may be more.',
      schema: z.object({
        type: z.literal('FeatureCollection'),
        numberReturned: z.int(),
        features: z.array(
          z.object({
            type: z.literal('Feature'),
            id: z.string(),
            geometry: geometrySchema,
            properties: z.record(z.string(), z.unknown()),
          }),
        ),
      }),
    },
    async handle({ params: { run }, query, signal }, { root }) {
      const { id } = await readRun(root, run);
      const file = objectsFile(root, id);
      await access(file).catch(() => {
        throw workspaceError('NO_OBJECTS', `The objects of run '${id}' were not outlined yet.`, {
          hint: 'POST to the same address.',
          context: { run: id },
        });
      });
      const features = await readObjects(file, query, signal);
      return { type: 'FeatureCollection' as const, numberReturned: features.length, features };
    },
  }),
];
