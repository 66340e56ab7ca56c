import { z } from 'zod';
import { workspaceError } from '../../core/errors.ts';
import { evaluationSchema } from '../../evaluation/schema.ts';
import { evaluationFile } from '../../workspace/layout.ts';
import { readRun } from '../../workspace/runs.ts';
import { readRecordIfAny } from '../../workspace/workspace.ts';
import { idSchema, latSchema, lonSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

const params = z.object({ run: idSchema });

export const runResultRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api/runs/{run}/explain',
    tag: 'results',
    summary: 'Say why a place on the map of a run is what it is',
    scope: 'read',
    params,
    query: z.object({
      lon: lonSchema,
      lat: latSchema,
      /** Chips that look alike. */
      limit: z.coerce.number().int().min(0).max(50).default(5),
    }),
    answer: {
      description: 'As `resflow map explain --json` gives it.',
      schema: z
        .object({
          scene: z.string(),
          column: z.int(),
          row: z.int(),
          classId: z.int(),
          className: z.string(),
          confidence: z.number(),
          model: z.string(),
          routing: z.record(z.string(), z.unknown()).nullable(),
        })
        .loose(),
    },
    handle: ({ params: { run }, query: { lon, lat, limit }, signal }, { commands }) =>
      commands.run(['map', 'explain'], { run, at: `${lon.toFixed(9)},${lat.toFixed(9)}`, limit }, signal),
  }),
  defineRoute({
    method: 'GET',
    url: '/api/runs/{run}/evaluation',
    tag: 'results',
    summary: 'Show how good the maps of a run are, as it was evaluated last',
    scope: 'read',
    params,
    answer: { description: 'The evaluation.', schema: evaluationSchema },
    async handle({ params: { run } }, { root }) {
      await readRun(root, run);
      const found = await readRecordIfAny(evaluationFile(root, run), evaluationSchema);
      if (found !== null) return found;
      throw workspaceError('NO_EVALUATION', `Run '${run}' was not evaluated yet.`, {
        hint: `POST to the same address, or: resflow map evaluate ${run}`,
        context: { run },
      });
    },
  }),
  defineRoute({
    method: 'POST',
    url: '/api/runs/{run}/evaluation',
    tag: 'results',
    summary: 'Evaluate the maps of a run against the labels of its scenes',
    scope: 'run',
    params,
    answer: { description: 'The evaluation.', schema: evaluationSchema },
    async handle({ params: { run }, signal }, { root, commands }) {
      await commands.runApart(['map', 'evaluate'], { options: [], args: [run] }, signal);
      return readRecordIfAny(evaluationFile(root, run), evaluationSchema);
    },
  }),
];
