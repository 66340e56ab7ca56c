import { hostname } from 'node:os';
import { z } from 'zod';
import { contractError } from '../core/errors.ts';
import { isActive, listRunIds, readRun, writeRun } from '../workspace/runs.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { describeRun, renderRun } from './execute-map.ts';

export const mapShowCommand = defineCommand({
  path: ['map', 'show'],
  summary: 'Show a run: its state, layers, speed, failures',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  input: z.object({ run: z.string().min(1) }),
  async run({ run }, context) {
    await openWorkspace(context.workspace, 'read');
    return describeRun(await readRun(context.workspace, run));
  },
  render: renderRun,
});

export const mapListCommand = defineCommand({
  path: ['map', 'list'],
  summary: 'List the runs of the workspace',
  input: z.object({}),
  async run(_input, context) {
    await openWorkspace(context.workspace, 'read');
    const ids = await listRunIds(context.workspace);
    const runs = await Promise.all(ids.map((id) => readRun(context.workspace, id)));
    return {
      runs: runs.map((run) => ({
        run: run.id,
        application: run.application,
        model: run.model.id,
        status: run.status === 'running' && !isActive(run) ? 'interrupted' : run.status,
        scenes: run.scenes.length,
        scenesDone: run.scenes.filter((scene) => scene.status === 'done').length,
        created: run.created,
      })),
    };
  },
  render: ({ runs }) =>
    runs.length === 0
      ? 'No runs yet. `resflow map run APP --all` starts one.'
      : runs
          .map(
            (r) =>
              `${r.run}  ${r.status.padEnd(11)} ${r.application}  ${r.model}  ${r.scenesDone}/${r.scenes} scenes`,
          )
          .join('\n'),
});

const STOP_WAIT_MS = 10_000;
const POLL_MS = 200;

export const mapCancelCommand = defineCommand({
  path: ['map', 'cancel'],
  summary: 'Stop a run; finished regions are kept',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  input: z.object({ run: z.string().min(1) }),
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    let run = await readRun(context.workspace, input.run);
    const wasActive = isActive(run);
    if (wasActive && run.coordinator !== null) {
      if (run.coordinator.host !== hostname()) {
        throw contractError(
          'RUN_ELSEWHERE',
          `Run '${run.id}' is worked on by host ${run.coordinator.host}.`,
          {
            hint: 'Cancel it there; if that host is gone for good, `resflow map resume RUN` takes over after its record is removed.',
            context: { run: run.id, host: run.coordinator.host },
          },
        );
      }
      process.kill(run.coordinator.pid, 'SIGTERM');
      const end = Date.now() + STOP_WAIT_MS;
      while (isActive(run) && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        run = await readRun(context.workspace, run.id);
      }
    }
    if (run.status !== 'done') {
      run = { ...run, status: 'cancelled', coordinator: isActive(run) ? run.coordinator : null };
      await writeRun(context.workspace, run);
    }
    return { run: run.id, status: run.status, wasActive };
  },
  render: ({ run, status, wasActive }) => `run ${run}: ${status}${wasActive ? ' (was running)' : ''}`,
});
