import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readApplication } from '../../workspace/applications.ts';
import { runFolder } from '../../workspace/layout.ts';
import { VARIANTS } from '../../model/card.ts';
import { newRunId } from '../../workspace/runs.ts';
import { readScenes } from '../../workspace/scenes.ts';
import { idSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { readRegions, regionSchema } from '../run-regions.ts';
import { startForRun } from '../run-requests.ts';
import { runViewSchema, viewRun, viewRuns } from '../run-view.ts';

/** What a run is to do; what is left out is chosen as on the command line. */
const runSpecSchema = z.strictObject({
  application: idSchema,
  scenes: z.union([z.literal('all'), z.array(idSchema).min(1).max(100_000)]),
  /** mono, a model's id, gallery, or the id of a gallery of models. */
  model: idSchema.default('mono'),
  variant: z.enum(VARIANTS).optional(),
  workers: z.int().min(1).max(1024).optional(),
  maxMemoryMiB: z.int().min(100).max(100_000_000).optional(),
  regionPixels: z.int().min(512).max(65_536).multipleOf(512).optional(),
});
type RunSpec = z.infer<typeof runSpecSchema>;

const startSchema = runSpecSchema.extend({
  /** Compute everything again, whatever was done before. */
  fresh: z.boolean().default(false),
  maxFailures: z.int().min(0).max(1_000_000).optional(),
});

const planViewSchema = z
  .object({
    regions: z.int(),
    chips: z.int(),
    pixelsRead: z.number(),
    pixelsComputed: z.number(),
    pixelsWritten: z.number(),
    overlapFactor: z.number(),
    expectedSeconds: z.number(),
    unroutedScenes: z.int(),
    workers: z.int(),
    peakMemoryMiB: z.number(),
    maxMemoryMiB: z.number(),
    outputBytes: z.number(),
    refused: z.array(z.object({ scene: z.string(), problems: z.array(z.record(z.string(), z.unknown())) })),
  })
  .loose();

const runParams = z.object({ run: idSchema });
const viewAnswer = { description: 'The run.', schema: runViewSchema };

export const runRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api/runs',
    tag: 'runs',
    summary: 'List the runs, newest first',
    scope: 'read',
    answer: { description: 'Runs.', schema: z.object({ runs: z.array(runViewSchema) }) },
    handle: async (_request, { root }) => ({ runs: await viewRuns(root) }),
  }),
  defineRoute({
    method: 'POST',
    url: '/api/runs/plan',
    tag: 'runs',
    summary: 'Say what a run would do and cost; the model is run once to measure it',
    scope: 'run',
    body: runSpecSchema,
    answer: { description: 'The plan, as `resflow map plan --json` gives it.', schema: planViewSchema },
    handle: ({ body, signal }, { commands }) => commands.run(['map', 'plan'], commandInput(body), signal),
  }),
  defineRoute({
    method: 'POST',
    url: '/api/runs',
    tag: 'runs',
    summary: 'Start a run',
    scope: 'run',
    body: startSchema,
    status: 202,
    answer: { ...viewAnswer, description: 'The run, which is being planned.' },
    async handle({ body }, context) {
      const { root } = context;
      await readApplication(root, body.application);
      if (body.scenes !== 'all') await readScenes(root, body.scenes);
      const run = newRunId(context.now());
      await startForRun(context, run, {
        command: 'run',
        application: body.application,
        options: runOptions(body, run),
        args: [body.application],
      });
      return viewRun(root, run);
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/runs/{run}',
    tag: 'runs',
    summary: 'Show a run',
    scope: 'read',
    params: runParams,
    answer: viewAnswer,
    handle: ({ params }, { root }) => viewRun(root, params.run),
  }),
  defineRoute({
    method: 'GET',
    url: '/api/runs/{run}/regions',
    tag: 'runs',
    summary: 'List the regions of a run: where each lies, and what became of it',
    scope: 'read',
    params: runParams,
    answer: {
      description: 'Regions; none while the run is being planned.',
      schema: z.object({ regions: z.array(regionSchema) }),
    },
    async handle({ params: { run } }, { root }) {
      await viewRun(root, run);
      const planned = await access(join(runFolder(root, run), 'plan.jsonl')).then(
        () => true,
        () => false,
      );
      return { regions: planned ? await readRegions(root, run) : [] };
    },
  }),
];

/** As the command's own schema takes it. */
const commandInput = ({ application, scenes, model, variant, ...limits }: RunSpec) => ({
  name: application,
  ...(scenes === 'all' ? { all: true } : { scenes: scenes.join(',') }),
  model,
  variant,
  workers: limits.workers,
  region: limits.regionPixels,
  maxMemory: limits.maxMemoryMiB === undefined ? undefined : `${limits.maxMemoryMiB}MiB`,
});

function runOptions(spec: z.infer<typeof startSchema>, run: string): string[] {
  const { scenes, model, variant, workers, maxMemoryMiB, regionPixels, maxFailures, fresh } = spec;
  const option = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    ...(scenes === 'all' ? ['--all'] : [`--scenes=${scenes.join(',')}`]),
    `--run-id=${run}`,
    `--model=${model}`,
    ...option('variant', variant),
    ...option('workers', workers),
    ...option('max-memory', maxMemoryMiB === undefined ? undefined : `${maxMemoryMiB}MiB`),
    ...option('region', regionPixels),
    ...option('max-failures', maxFailures),
    ...(fresh ? ['--fresh'] : []),
  ];
}
