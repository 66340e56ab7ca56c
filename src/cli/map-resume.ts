import { z } from 'zod';
import type { StandbyWorkers } from '../engine/standby-workers.ts';
import { contractError } from '../core/errors.ts';
import { COORDINATOR_MIB } from '../inference/memory-estimate.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { isActive } from '../workspace/run-activity.ts';
import { readPlan, readRun } from '../workspace/runs.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { describeRun, executeMap, renderRun, runExitCode } from './execute-map.ts';
import {
  checkEngineInput,
  ENGINE_OPTIONS,
  engineInputShape,
  failureInputShape,
  MAX_FAILURES,
  type EngineInput,
} from './engine-options.ts';
import { defaultWorkers, parseMemoryMiB } from './map-options.ts';
import type { ExecutionLimits } from './prepare-map.ts';
import { slotsOfMaster, sparkLimits, workerShareMiB } from './spark-session.ts';
import { withStandbyWorkers } from './worker-command.ts';

export const mapResumeCommand = defineCommand({
  path: ['map', 'resume'],
  summary: 'Continue a run that was stopped, killed or partly failed',
  description:
    'Does what is missing: regions without a marker, scenes not yet published. A scene whose file is gone or not the one that was added is listed as failed, and the others go on. Engine, workers and memory may differ from the first time; the map does not.',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  options: [
    { flags: '--workers <n>', description: 'worker processes [as before]' },
    { flags: '--max-memory <amount>', description: 'all processes together [as before]' },
    ...ENGINE_OPTIONS,
    MAX_FAILURES,
  ],
  input: z.object({
    run: z.string().min(1),
    workers: z.coerce.number().int().positive().optional(),
    maxMemory: z.string().optional(),
    ...engineInputShape,
    ...failureInputShape,
  }),
  async run(input, context) {
    checkEngineInput(input);
    await openWorkspace(context.workspace, 'write');
    const run = await readRun(context.workspace, input.run);
    if (await isActive(context.workspace, run)) {
      throw contractError(
        'RUN_ACTIVE',
        `Run '${run.id}' is being worked on by process ${run.coordinator?.pid} on ${run.coordinator?.host}.`,
        {
          hint: '`resflow map cancel RUN` stops it; otherwise wait.',
          context: { run: run.id },
        },
      );
    }
    const tasks = await readPlan(context.workspace, run.id);
    const execution = { ...run.execution, ...executionLimits(input, run.execution) };
    const work = async (standby: StandbyWorkers) =>
      describeRun(
        await executeMap(reopen({ ...run, execution }), tasks, context, {
          standby,
          engine: input,
          maxFailures: input.maxFailures ?? null,
        }),
      );
    return withStandbyWorkers(context, work, run.storage);
  },
  render: renderRun,
  exitCode: runExitCode,
});

/** As before, or as asked; on Spark a worker keeps its share of the memory, however many there are. */
function executionLimits(
  input: EngineInput & { workers?: number | undefined; maxMemory?: string | undefined },
  before: ExecutionLimits,
): ExecutionLimits {
  if (input.engine === 'spark') {
    if (input.maxMemory !== undefined || input.workers !== undefined) return sparkLimits(input);
    const workers = slotsOfMaster(input.master) ?? before.workers;
    return { workers, maxMemoryMiB: COORDINATOR_MIB + workers * workerShareMiB(before) };
  }
  return {
    workers: input.workers ?? Math.min(before.workers, Math.max(1, defaultWorkers())),
    maxMemoryMiB: input.maxMemory === undefined ? before.maxMemoryMiB : parseMemoryMiB(input.maxMemory),
  };
}

/** Every scene is published again, from parts that are there: failed ones get another chance, others the same bytes. */
const reopen = (run: RunRecord): RunRecord => ({
  ...run,
  scenes: run.scenes.map((scene) => ({ ...scene, status: 'pending', failures: [] })),
});
