import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { toResflowError } from '../core/errors.ts';
import {
  workerRequestSchema,
  type ProbeRequest,
  type ReportOf,
  type Task,
  type WorkerReply,
  type WorkerRequest,
} from './protocol.ts';

export interface WorkerHandlers {
  runTask(
    task: Task,
    progress: (chips: number, chipsTotal: number) => void,
  ): Promise<{ reused: boolean; report: ReportOf<Task> }>;
  probe(
    request: ProbeRequest,
  ): Promise<{ secondsPerMegapixel: number; peakMemoryMiB: number; firstPeakMiB: number }>;
}

/** Progress is said no more often than this. */
const PROGRESS_MS = 100;

/** Failures another try may mend; everything else would fail again. */
const RETRIED_FAMILIES = new Set(['internal']);
/** A device's: another ticket may be had, or a larger one. */
const RETRIED_CODES = new Set(['TICKET_LOST', 'DEVICE_MEMORY']);

/**
 * The worker's side of the protocol: requests as JSON lines on `input`, one at a time and in order; replies on `output`,
 * where nothing else may go. Returns at `exit`. `onEnd` is called as soon as the input ends, also in the middle of a task:
 * the coordinator is gone, and the process should be too (what it was writing is swept up, what it finished counts).
 * It is called too where nothing was asked for `idleMs`: whoever holds the other end forgot about it.
 * A failed task is a reply, never an exception.
 */
export async function serveWorker(
  handlers: WorkerHandlers,
  input: Readable,
  output: Writable,
  { onEnd, idleMs = null }: { onEnd: () => void; idleMs?: number | null },
): Promise<void> {
  input.once('end', onEnd);
  const idle = () => (idleMs === null ? null : setTimeout(onEnd, idleMs));
  const reply = (message: WorkerReply) => void output.write(`${JSON.stringify(message)}\n`);
  reply({ type: 'ready', pid: process.pid });
  let timer = idle();
  for await (const line of createInterface({ input })) {
    if (timer !== null) clearTimeout(timer);
    const request = readRequest(line);
    if (request.type === 'exit') return;
    reply(request.type === 'result' ? request : await answer(request, handlers, reply));
    timer = idle();
  }
}

type Refusal = Extract<WorkerReply, { type: 'result'; status: 'failed' }>;

/** A request, or the reply to one that is refused: a task that names anything outside the workspace breaks its schema. */
function readRequest(line: string): WorkerRequest | Refusal {
  const value: unknown = JSON.parse(line);
  const parsed = workerRequestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return {
    type: 'result',
    id: z.object({ task: z.object({ id: z.string() }) }).safeParse(value).data?.task.id ?? '',
    status: 'failed',
    error: {
      code: 'TASK_REFUSED',
      message: `The task breaks the protocol at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'unreadable'}.`,
      hint: 'Plans are written by `map run` of the same version; make a new run.',
      context: {},
    },
    retry: false,
  };
}

async function answer(
  request: Exclude<WorkerRequest, { type: 'exit' }>,
  handlers: WorkerHandlers,
  reply: (message: WorkerReply) => void,
): Promise<WorkerReply> {
  const id = request.type === 'task' ? request.task.id : request.id;
  try {
    if (request.type === 'probe') return { type: 'probed', id, ...(await handlers.probe(request)) };
    let said = Number.NEGATIVE_INFINITY;
    const { reused, report } = await handlers.runTask(request.task, (chips, chipsTotal) => {
      const now = performance.now();
      if (now - said < PROGRESS_MS) return;
      said = now;
      reply({ type: 'progress', id, chips, chipsTotal });
    });
    return { type: 'result', id, status: 'done', reused, report };
  } catch (thrown) {
    const error = toResflowError(thrown);
    const { code, message, hint, context } = error.toJSON();
    const retry = RETRIED_FAMILIES.has(error.family) || RETRIED_CODES.has(code);
    return {
      type: 'result',
      id,
      status: 'failed',
      error: { code, message, hint, context: { ...context } },
      retry,
    };
  }
}
