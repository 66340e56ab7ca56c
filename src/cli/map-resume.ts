import { z } from 'zod';
import { contractError } from '../core/errors.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { isActive } from '../workspace/run-activity.ts';
import { readPlan, readRun } from '../workspace/runs.ts';
import { readScenes } from '../workspace/scenes.ts';
import { checkIdentity } from '../raster/source-identity.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { describeRun, executeMap, renderRun, runExitCode } from './execute-map.ts';
import { defaultWorkers, parseMemoryMiB } from './map-options.ts';
import { withStandbyWorkers } from './worker-command.ts';

export const mapResumeCommand = defineCommand({
  path: ['map', 'resume'],
  summary: 'Continue a run that was stopped, killed or partly failed',
  description:
    'Does what is missing: regions without a marker, scenes not yet published. Workers and memory may differ from the first time; the map does not.',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  options: [
    { flags: '--workers <n>', description: 'worker processes [as before]' },
    { flags: '--max-memory <amount>', description: 'all processes together [as before]' },
  ],
  input: z.object({
    run: z.string().min(1),
    workers: z.coerce.number().int().positive().optional(),
    maxMemory: z.string().optional(),
  }),
  async run(input, context) {
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
    const scenes = await readScenes(
      context.workspace,
      run.scenes.map((scene) => scene.scene),
    );
    for (const scene of scenes) await checkIdentity(scene.properties['resflow:source']);
    const tasks = await readPlan(context.workspace, run.id);
    const execution = {
      ...run.execution,
      workers: input.workers ?? Math.min(run.execution.workers, Math.max(1, defaultWorkers())),
      maxMemoryMiB:
        input.maxMemory === undefined ? run.execution.maxMemoryMiB : parseMemoryMiB(input.maxMemory),
    };
    return withStandbyWorkers(context, async (standby) =>
      describeRun(await executeMap(reopen({ ...run, execution }), tasks, context, standby)),
    );
  },
  render: renderRun,
  exitCode: runExitCode,
});

/** Every scene is published again, from parts that are there: failed ones get another chance, others the same bytes. */
const reopen = (run: RunRecord): RunRecord => ({
  ...run,
  scenes: run.scenes.map((scene) => ({ ...scene, status: 'pending', failures: [] })),
});
