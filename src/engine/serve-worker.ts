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

/** What a task says while it is executed. */
export interface TaskSignals {
  readonly progress: (chips: number, chipsTotal: number) => void;
  /** It reads nothing more: another task may begin. */
  readonly room: () => void;
}

export interface WorkerHandlers {
  runTask(task: Task, signals: TaskSignals): Promise<{ reused: boolean; report: ReportOf<Task> }>;
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
 * The worker's side of the protocol: requests as JSON lines on `input`, taken in order; replies on `output`, where nothing
 * else may go. A request waits until the one before has been answered or said that there is room; two are worked on at
 * most. Returns at `exit`. `onEnd` is called as soon as the input ends, also in the middle of a task:
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
  const reply = (message: WorkerReply) => void output.write(`${JSON.stringify(message)}\n`);
  let timer: NodeJS.Timeout | undefined;
  let working = 0;
  const rest = () => {
    if (working === 0 && idleMs !== null) timer = setTimeout(onEnd, idleMs);
  };
  reply({ type: 'ready', pid: process.pid });
  rest();
  let answered: Promise<void> = Promise.resolve();
  for await (const line of createInterface({ input })) {
    clearTimeout(timer);
    const request = readRequest(line);
    const before = answered;
    if (request.type === 'exit') return before;
    working += 1;
    const room = new Promise<void>((resolve) => {
      answered = answer(request, handlers, { reply, room: resolve }).then((message) => {
        reply(message);
        working -= 1;
        rest();
      });
    });
    await Promise.race([room, answered]);
    await before;
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
  request: Exclude<WorkerRequest, { type: 'exit' }> | Refusal,
  handlers: WorkerHandlers,
  { reply, room }: { reply: (message: WorkerReply) => void; room: () => void },
): Promise<WorkerReply> {
  if (request.type === 'result') return request;
  const id = request.type === 'task' ? request.task.id : request.id;
  try {
    if (request.type === 'probe') return { type: 'probed', id, ...(await handlers.probe(request)) };
    let said = Number.NEGATIVE_INFINITY;
    const { reused, report } = await handlers.runTask(request.task, {
      progress(chips, chipsTotal) {
        const now = performance.now();
        if (now - said < PROGRESS_MS) return;
        said = now;
        reply({ type: 'progress', id, chips, chipsTotal });
      },
      room() {
        reply({ type: 'room', id });
        room();
      },
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
