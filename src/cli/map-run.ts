import { statfs } from 'node:fs/promises';
import { z } from 'zod';
import { ERROR_FAMILIES, resourceError, usageError } from '../core/errors.ts';
import type { StandbyWorkers } from '../engine/standby-workers.ts';
import type { RoutedModels } from '../inference/plan-map.ts';
import { writeRouting } from '../workspace/routings.ts';
import { writeSceneCodes } from '../workspace/scene-codes.ts';
import type { RunGallery, RunRecord } from '../workspace/run-record.ts';
import { listRunIds, newRunId, RUN_ID_PATTERN, writePlan, writeRun } from '../workspace/runs.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand, type CommandContext } from './command.ts';
import { describeRun, executeMap, renderRun, runExitCode } from './execute-map.ts';
import {
  checkEngineInput,
  ENGINE_OPTIONS,
  engineInputShape,
  failureInputShape,
  MAX_FAILURES,
} from './engine-options.ts';
import { MAP_OPTIONS, mapInputSchema } from './map-options.ts';
import { describePlan } from './map-plan.ts';
import { prepareMap, type PreparedMap } from './prepare-map.ts';
import { checkStorage, normalStorage, withInputs } from './run-store.ts';
import { sparkLimits } from './spark-session.ts';
import { withStandbyWorkers } from './worker-command.ts';

const inputSchema = mapInputSchema.extend({
  ...engineInputShape,
  ...failureInputShape,
  fresh: z.boolean().default(false),
  storage: z.string().transform(normalStorage).optional(),
  runId: z.string().regex(RUN_ID_PATTERN, 'must look like 20260131-120000000-0a1b').optional(),
});

export const mapRunCommand = defineCommand({
  path: ['map', 'run'],
  summary: 'Map scenes with a model',
  description:
    'Plans regions, executes them on worker processes of this machine or of a Spark cluster, and publishes a Cloud Optimized GeoTIFF per layer and scene. Regions that were done before with the same inputs and parameters are reused. Ctrl-C stops within seconds; `map resume` continues.',
  args: [{ name: 'name', description: 'the application', required: true }],
  options: [
    ...MAP_OPTIONS,
    ...ENGINE_OPTIONS,
    MAX_FAILURES,
    {
      flags: '--storage <address>',
      description: 'where parts, ledger and maps go: s3://BUCKET/PREFIX [the workspace]',
    },
    { flags: '--run-id <id>', description: 'name of the run, YYYYMMDD-HHMMSSMMM-XXXX [its beginning]' },
    { flags: '--fresh', description: 'compute everything again, whatever was done before' },
  ],
  examples: [
    'resflow map run buildings --scenes kavre,joplin',
    'resflow map run buildings --all --max-memory 8GiB --json',
    'resflow map run buildings --all --engine spark --master spark://HOST:7077',
    'resflow map run buildings --all --storage s3://maps/2026',
  ],
  input: inputSchema,
  async run(input, context) {
    checkEngineInput(input);
    await openWorkspace(context.workspace, 'write');
    const created = context.now();
    const id = input.runId ?? newRunId(created);
    if (input.runId !== undefined) await refuseTaken(context.workspace, id);
    const { storage } = input;
    if (storage !== undefined) await checkStorage(storage, context);
    const work = async (standby: StandbyWorkers) => {
      const prepared = await prepareMap(input, context, {
        salt: input.fresh ? id : null,
        standby,
        limits: input.engine === 'spark' ? sparkLimits(input) : null,
      });
      const { outputBytes } = describePlan(prepared, { engine: input.engine, price: null });
      if (storage === undefined) await checkDisk(context.workspace, outputBytes);
      const run = newRun(id, prepared, { created, engine: input.engine, storage });
      const { routed } = prepared.model;
      if (routed !== undefined) await writeRouting(context.workspace, routed.routing);
      for (const codes of prepared.codes) await writeSceneCodes(context.workspace, codes);
      const tasks = await withInputs(inOrderOfWork(prepared.plans), run, context);
      await writePlan(context.workspace, id, tasks);
      await writeRun(context.workspace, run);
      const ended = await executeMap(run, tasks, context, {
        standby,
        engine: input,
        maxFailures: input.maxFailures ?? null,
      });
      return { ...describeRun(ended), refused: prepared.refused };
    };
    return withStandbyWorkers(context, work, storage);
  },
  render: (output) =>
    [
      renderRun(output),
      ...output.refused.map(
        ({ scene, problems }) => `  refused ${scene}: ${problems.map((p) => p.message).join('; ')}`,
      ),
    ].join('\n'),
  exitCode: (output) => (output.refused.length > 0 ? ERROR_FAMILIES.partial.exitCode : runExitCode(output)),
});

async function refuseTaken(root: string, id: string): Promise<void> {
  if (!(await listRunIds(root)).includes(id)) return;
  throw usageError('RUN_EXISTS', `There is a run '${id}' already.`, {
    hint: 'Leave --run-id out, or continue that one with `resflow map resume`.',
    context: { run: id },
  });
}

/** Large scenes first: what is left to be finished and published at the end is small. */
const inOrderOfWork = (plans: PreparedMap['plans']) =>
  plans.toSorted((a, b) => b.pixelsKept - a.pixelsKept).flatMap((plan) => plan.tasks);

function newRun(
  id: string,
  prepared: PreparedMap,
  { created, engine, storage }: { created: Date; engine: string; storage: string | undefined },
): RunRecord {
  const { model, plans } = prepared;
  return {
    version: 1,
    id,
    application: prepared.application.name,
    model: { id: model.card?.id ?? prepared.modelId, variant: model.variant, sha256: model.sha256 },
    ...(model.routed === undefined ? {} : { gallery: newGallery(model.routed) }),
    engine,
    ...(storage === undefined ? {} : { storage }),
    created: created.toISOString(),
    updated: created.toISOString(),
    status: 'running',
    parameters: prepared.parameters,
    execution: {
      regionPixels: prepared.regionPixels,
      workers: prepared.workers,
      maxMemoryMiB: prepared.maxMemoryMiB,
    },
    scenes: plans.map((plan) => ({
      scene: plan.scene,
      status: 'pending',
      regions: plan.tasks.length,
      layers: {},
      item: null,
      seamScore: null,
      failures: [],
    })),
    tasks: {
      planned: plans.reduce((sum, plan) => sum + plan.tasks.length, 0),
      reused: 0,
      done: 0,
      failed: 0,
    },
    seconds: 0,
    megapixels: 0,
    megapixelsPerSecond: 0,
    overlapFactor: null,
    seamScore: null,
    peakMemoryMiB: 0,
    coordinator: null,
  };
}

function newGallery({ digest, routing }: RoutedModels): RunGallery {
  const { gallery, partition, softBits = 0, yieldBits = 0, models, buckets } = routing;
  return {
    id: gallery,
    partition: partition.digest,
    routing: digest,
    models: models.map(({ id, variant, sha256 }) => ({ id, variant, sha256 })),
    softBits,
    yieldBits,
    buckets: buckets.map(({ bucket, code, model }) => ({
      bucket,
      code,
      model: models[model]?.id ?? '',
      chips: 0,
    })),
    unknownChips: 0,
    uncodedChips: 0,
    yieldedChips: 0,
    routingShare: null,
    seamScoreBorders: null,
    borderDifference: null,
    steps: { inside: null, borders: null },
  };
}

async function checkDisk(workspace: CommandContext['workspace'], neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(workspace);
  const mib = (bytes: number) => Math.ceil(bytes / 1024 ** 2);
  if (bavail * bsize >= neededBytes) return;
  throw resourceError(
    'DISK_TOO_SMALL',
    `The run writes about ${mib(neededBytes)} MiB, ${workspace} has ${mib(bavail * bsize)} MiB free.`,
    {
      hint: 'Free some space, map fewer scenes at once, or use a workspace on another disk.',
      context: { neededMiB: mib(neededBytes), freeMiB: mib(bavail * bsize) },
    },
  );
}
