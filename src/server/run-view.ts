import { access, stat } from 'node:fs/promises';
import { z } from 'zod';
import { evaluationFile, runFolder } from '../workspace/layout.ts';
import { asItIs } from '../workspace/run-activity.ts';
import {
  failureSchema,
  RUN_STATUSES,
  runSchema,
  runSceneSchema,
  type RunRecord,
} from '../workspace/run-record.ts';
import { listRunIds, readRun } from '../workspace/runs.ts';
import { isAtWork, listRequested, outcomeError, readRequest, type RunRequest } from './run-requests.ts';

/** A run, as lists and pages show it. */
export const runViewSchema = z.object({
  id: z.string(),
  application: z.string(),
  /** `planning`: asked for, and no region begun yet. */
  status: z.enum([...RUN_STATUSES, 'planning']),
  created: z.string(),
  updated: z.string(),
  model: runSchema.shape.model.nullable(),
  /** Id of the gallery of models; null: one model maps everything. */
  gallery: z.string().nullable(),
  buckets: z.array(z.object({ bucket: z.int(), model: z.string(), chips: z.int() })),
  engine: z.string(),
  parameters: runSchema.shape.parameters.nullable(),
  execution: runSchema.shape.execution.nullable(),
  scenes: z.array(
    runSceneSchema
      .pick({ scene: true, status: true, regions: true, seamScore: true, failures: true })
      .extend({
        /** Names of the layers that are published. */
        layers: z.array(z.string()),
      }),
  ),
  tasks: runSchema.shape.tasks,
  seconds: z.number(),
  megapixels: z.number(),
  megapixelsPerSecond: z.number(),
  /** At the present rate; null where nobody can tell. */
  secondsLeft: z.number().nullable(),
  overlapFactor: z.number().nullable(),
  seamScore: z.number().nullable(),
  seamScoreBorders: z.number().nullable(),
  peakMemoryMiB: z.number(),
  evaluated: z.boolean(),
  /** Why it could not be planned, or stopped early. */
  error: failureSchema.nullable(),
});
export type RunView = z.infer<typeof runViewSchema>;

const NO_TASKS = { planned: 0, reused: 0, done: 0, failed: 0 };

/** A run as it is now. Throws workspace error NO_RUN. */
export async function viewRun(root: string, id: string): Promise<RunView> {
  const request = await readRequest(root, id);
  const working = request !== null && isAtWork(request);
  const error = working || request === null ? null : await outcomeError(root, id);
  try {
    const record = await readRun(root, id);
    const run = await asItIs(root, record);
    const status = working && isBeingPlanned(record, run, request) ? 'planning' : run.status;
    return { ...viewRecord(run), status, error, evaluated: await isThere(evaluationFile(root, run.id)) };
  } catch (thrown) {
    if (request === null) throw thrown;
    return {
      ...EMPTY,
      id,
      application: request.application,
      status: working ? 'planning' : 'failed',
      created: request.asked,
      updated: request.asked,
      error,
    };
  }
}

/** Its process has not come so far as to work on it: as a new run, or as one that was asked to go on. */
const isBeingPlanned = (record: RunRecord, run: RunRecord, { asked }: RunRequest): boolean =>
  record.status === 'running' ? run.status === 'interrupted' : asked > record.updated;

const EMPTY = {
  model: null,
  gallery: null,
  buckets: [],
  engine: 'local',
  parameters: null,
  execution: null,
  scenes: [],
  tasks: NO_TASKS,
  seconds: 0,
  megapixels: 0,
  megapixelsPerSecond: 0,
  secondsLeft: null,
  overlapFactor: null,
  seamScore: null,
  seamScoreBorders: null,
  peakMemoryMiB: 0,
  evaluated: false,
};

function viewRecord(run: RunRecord): Omit<RunView, 'error' | 'evaluated'> {
  const { planned, reused, done, failed } = run.tasks;
  const left = planned - reused - done - failed;
  return {
    id: run.id,
    application: run.application,
    status: run.status,
    created: run.created,
    updated: run.updated,
    model: run.model,
    gallery: run.gallery?.id ?? null,
    buckets: run.gallery?.buckets.map(({ bucket, model, chips }) => ({ bucket, model, chips })) ?? [],
    engine: run.engine,
    parameters: run.parameters,
    execution: run.execution,
    scenes: run.scenes.map(({ scene, status, regions, seamScore, failures, layers }) => ({
      scene,
      status,
      regions,
      seamScore,
      failures,
      layers: Object.keys(layers),
    })),
    tasks: run.tasks,
    seconds: run.seconds,
    megapixels: run.megapixels,
    megapixelsPerSecond: run.megapixelsPerSecond,
    secondsLeft: run.status === 'running' && done > 0 ? (run.seconds / done) * left : null,
    overlapFactor: run.overlapFactor,
    seamScore: run.seamScore,
    seamScoreBorders: run.gallery?.seamScoreBorders ?? null,
    peakMemoryMiB: run.peakMemoryMiB,
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Views of runs that nobody works on, by their folders, with the time of the last change there. */
const settled = new Map<string, { readonly changed: number; readonly view: RunView }>();
const MOST_SETTLED = 10_000;

/**
 * All runs, also those that are only asked for, newest first. Those that cannot be read are left out. A run that nobody
 * works on is read anew only when something changed in its folder: every record there is renamed into it.
 */
export async function viewRuns(root: string): Promise<RunView[]> {
  const recorded = await listRunIds(root);
  const ids = [...recorded, ...(await listRequested(root, new Set(recorded)))].sort().reverse();
  const views = await Promise.allSettled(ids.map((id) => viewUnlessKnown(root, id)));
  return views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
}

async function viewUnlessKnown(root: string, id: string): Promise<RunView> {
  const folder = runFolder(root, id);
  const { mtimeMs: changed } = await stat(folder);
  const known = settled.get(folder);
  if (known?.changed === changed) return known.view;
  settled.delete(folder);
  const request = await readRequest(root, id);
  // Its process may still say why it failed.
  const working = request !== null && isAtWork(request);
  const view = await viewRun(root, id);
  if (settled.size >= MOST_SETTLED) settled.clear();
  if (!working && FINAL.has(view.status)) settled.set(folder, { changed, view });
  return view;
}

/** A run that was interrupted may be taken up again by a process that says so in the record itself, which is renamed. */
const FINAL = new Set<RunView['status']>(['done', 'failed', 'cancelled', 'interrupted']);
