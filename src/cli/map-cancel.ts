import { hostname } from 'node:os';
import { z } from 'zod';
import { contractError, systemErrorCode } from '../core/errors.ts';
import { isActive } from '../workspace/run-activity.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { readRun, writeRun } from '../workspace/runs.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';

/** First asked, as by Ctrl-C; then ended. What a killed coordinator leaves is swept by the next run. */
const STEPS = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 3_000 },
] as const;
const POLL_MS = 100;

export const mapCancelCommand = defineCommand({
  path: ['map', 'cancel'],
  summary: 'Stop a run; finished regions are kept',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  input: z.object({ run: z.string().min(1) }),
  async run(input, context) {
    const root = context.workspace;
    await openWorkspace(root, 'write');
    const run = await readRun(root, input.run);
    const wasActive = await isActive(root, run);
    const stopped = wasActive ? await stop(root, run) : run;
    // What ended by itself, well or badly, keeps its status.
    const open = stopped.status === 'running' || stopped.status === 'interrupted';
    const status = open ? 'cancelled' : stopped.status;
    if (open) await writeRun(root, { ...stopped, status, coordinator: null });
    return { run: run.id, status, wasActive };
  },
  render: ({ run, status, wasActive }) => `run ${run}: ${status}${wasActive ? ' (was running)' : ''}`,
});

async function stop(root: string, run: RunRecord): Promise<RunRecord> {
  const { coordinator } = run;
  if (coordinator === null) return run;
  if (coordinator.host !== hostname()) {
    throw contractError('RUN_ELSEWHERE', `Run '${run.id}' is worked on by host ${coordinator.host}.`, {
      hint: 'Cancel it there. If that host is gone, wait five minutes: then `resflow map resume RUN` takes over.',
      context: { run: run.id, host: coordinator.host },
    });
  }
  let current = run;
  for (const { signal, waitMs } of STEPS) {
    send(coordinator.pid, signal);
    const end = Date.now() + waitMs;
    while (Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      current = await readRun(root, run.id);
      if (!(await isActive(root, current))) return current;
    }
  }
  throw contractError(
    'RUN_NOT_STOPPED',
    `Process ${coordinator.pid}, which works on '${run.id}', does not end.`,
    {
      hint: 'It may hang in the storage system; end it by hand.',
      context: { run: run.id, pid: coordinator.pid },
    },
  );
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended in between.
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}
