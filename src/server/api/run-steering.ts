import { hostname } from 'node:os';
import { z } from 'zod';
import { contractError, systemErrorCode } from '../../core/errors.ts';
import { isActive } from '../../workspace/run-activity.ts';
import { writePriority } from '../../workspace/run-priority.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { readRun } from '../../workspace/runs.ts';
import { bboxSchema, idSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { isAtWork, readRequest, startForRun } from '../run-requests.ts';
import { runViewSchema, viewRun } from '../run-view.ts';

const params = z.object({ run: idSchema });
const answer = { description: 'The run.', schema: runViewSchema };

/** How long an answer waits for a run to stop; it goes on stopping after that. */
const STOP_WAIT_MS = 5000;
const POLL_MS = 100;

export const runSteeringRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'POST',
    url: '/api/runs/{run}/pause',
    tag: 'runs',
    summary: 'Stop a run within seconds; what is finished is kept, and it can go on later',
    scope: 'run',
    params,
    answer,
    async handle({ params: { run }, signal }, { root }) {
      const record = await readRun(root, run);
      if (await isActive(root, record)) {
        interrupt(record);
        await untilStopped(root, record, signal);
      }
      return viewRun(root, run);
    },
  }),
  defineRoute({
    method: 'POST',
    url: '/api/runs/{run}/resume',
    tag: 'runs',
    summary: 'Go on with a run that was stopped, killed or partly failed',
    scope: 'run',
    params,
    status: 202,
    answer,
    async handle({ params: { run } }, context) {
      const { root } = context;
      const record = await readRun(root, run);
      const request = await readRequest(root, run);
      if ((await isActive(root, record)) || (request !== null && isAtWork(request))) {
        throw contractError('RUN_ACTIVE', `Run '${run}' is being worked on.`, {
          hint: 'Pause it first, or wait.',
          context: { run },
        });
      }
      await startForRun(context, run, {
        command: 'resume',
        application: record.application,
        options: [],
        args: [run],
      });
      return viewRun(root, run);
    },
  }),
  defineRoute({
    method: 'POST',
    url: '/api/runs/{run}/cancel',
    tag: 'runs',
    summary: 'Stop a run for good; it can still be resumed by hand',
    scope: 'run',
    params,
    answer,
    async handle({ params: { run }, signal }, { root, commands }) {
      await commands.run(['map', 'cancel'], { run }, signal);
      return viewRun(root, run);
    },
  }),
  defineRoute({
    method: 'PUT',
    url: '/api/runs/{run}/priority',
    tag: 'runs',
    summary: 'Have the regions that meet a box done first',
    scope: 'run',
    params,
    body: z.strictObject({ bbox: bboxSchema }),
    answer: { description: 'The box that was asked for.', schema: z.object({ bbox: bboxSchema }) },
    async handle({ params: { run }, body }, { root }) {
      await readRun(root, run);
      await writePriority(root, run, body.bbox);
      return { bbox: body.bbox };
    },
  }),
];

function interrupt({ id, coordinator }: RunRecord): void {
  if (coordinator === null) return;
  if (coordinator.host !== hostname()) {
    throw contractError('RUN_ELSEWHERE', `Run '${id}' is worked on by host ${coordinator.host}.`, {
      hint: 'Pause it there.',
      context: { run: id, host: coordinator.host },
    });
  }
  try {
    process.kill(coordinator.pid, 'SIGINT');
  } catch (error) {
    // It ended in between.
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

async function untilStopped(root: string, { id }: RunRecord, signal: AbortSignal): Promise<void> {
  const end = Date.now() + STOP_WAIT_MS;
  while (Date.now() < end && !signal.aborted && (await isActive(root, await readRun(root, id)))) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
