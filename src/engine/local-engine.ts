import { resourceError, type ResflowError } from '../core/errors.ts';
import type { Engine, EngineObserver, TaskFailure, TaskOutcome } from './engine.ts';
import { watchMemory } from './memory-watch.ts';
import type { ReportOf, Task } from './protocol.ts';
import type { StandbyWorkers } from './standby-workers.ts';
import { WorkerGone, type WorkerProcess } from './worker-process.ts';

export interface LocalEngineOptions {
  readonly workers: number;
  readonly standby: StandbyWorkers;
  /** All processes together; a run that passes it loses its largest worker. */
  readonly maxMemoryMiB: number;
  /** How often a task may take its worker down before it is given up. */
  readonly maxTries: number;
}

/** Failures of one task that doom all others too: the run stops, and can be resumed. */
const FATAL_CODES = new Set(['DISK_FULL', 'NOT_WRITABLE', 'MODEL_CHANGED']);
const STOP_GRACE_MS = 1500;

/** Runs tasks on worker processes of this machine. */
export function createLocalEngine(options: LocalEngineOptions): Engine {
  return {
    name: 'local',
    run: (tasks, signal, observer) => runLocally(tasks, options, signal, observer ?? {}),
  };
}

interface Slot {
  worker: WorkerProcess | null;
}

async function* runLocally<T extends Task>(
  tasks: readonly T[],
  options: LocalEngineOptions,
  signal: AbortSignal,
  observer: EngineObserver<T>,
): AsyncGenerator<TaskOutcome<T>> {
  const queue = [...tasks];
  const outcomes = new OutcomeQueue<T>();
  const slots: Slot[] = Array.from({ length: Math.min(options.workers, tasks.length) }, () => ({
    worker: null,
  }));
  const stopWatching = watchMemory({
    processes: () => slots.flatMap(({ worker }) => (worker?.alive ? [worker] : [])),
    limitMiB: options.maxMemoryMiB,
    report: (totalMiB) => observer.memory?.(totalMiB),
  });
  const onAbort = () => outcomes.fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const serving = Promise.all(slots.map((slot) => serveSlot(slot, queue, { options, outcomes, observer })));
  serving.then(
    () => outcomes.end(),
    (error: unknown) => outcomes.fail(error),
  );
  try {
    yield* outcomes.drain();
  } finally {
    queue.length = 0;
    outcomes.end();
    signal.removeEventListener('abort', onAbort);
    stopWatching();
    await Promise.all(slots.map(async (slot) => slot.worker?.stop(STOP_GRACE_MS)));
    await serving.catch(() => undefined);
  }
}

interface SlotContext<T extends Task> {
  readonly options: LocalEngineOptions;
  readonly outcomes: OutcomeQueue<T>;
  readonly observer: EngineObserver<T>;
}

async function serveSlot<T extends Task>(slot: Slot, queue: T[], context: SlotContext<T>): Promise<void> {
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
    const outcome = await tryTask(slot, task, context);
    if (outcome.status === 'failed' && FATAL_CODES.has(outcome.error.code)) throw fatal(outcome.error);
    context.outcomes.push(outcome);
  }
}

const fatal = ({ code, message, hint }: TaskFailure): ResflowError =>
  resourceError(code, message, hint === null ? {} : { hint });

async function tryTask<T extends Task>(
  slot: Slot,
  task: T,
  context: SlotContext<T>,
): Promise<TaskOutcome<T>> {
  const { options, observer, outcomes } = context;
  let error: TaskFailure = { code: 'NOT_TRIED', message: 'the task was not tried', hint: null, context: {} };
  for (let tries = 1; tries <= options.maxTries && !outcomes.closed; tries += 1) {
    try {
      if (slot.worker === null || !slot.worker.alive) slot.worker = options.standby.take();
      const reply = await slot.worker.ask({ type: 'task', task }, (done, total) =>
        observer.taskProgress?.(task, done, total),
      );
      if (reply.type === 'result' && reply.status === 'done') {
        // A worker answers with the report of the task's kind.
        return { status: 'done', task, reused: reply.reused, report: reply.report as ReportOf<T> };
      }
      if (reply.type !== 'result') throw new Error(`a task was answered with '${reply.type}'`);
      error = reply.error;
      if (!reply.retry) break;
    } catch (thrown) {
      if (!(thrown instanceof WorkerGone)) throw thrown;
      error = describeLoss(thrown, task, tries);
    }
  }
  return { status: 'failed', task, error };
}

const LOSS_HINTS: Record<WorkerGone['code'], string> = {
  WORKER_CRASHED:
    'Other regions went on. Look at the message; the same command again, or `resflow map resume RUN`, tries this region again.',
  WORKER_SILENT:
    'Storage may hang, or the model is very slow here; the same command again, or `resflow map resume RUN`, tries this region again.',
  WORKER_SPOKE_NONSENSE: 'Something printed to the standard output of the worker; please report it.',
  MEMORY_EXCEEDED:
    'Give a larger --max-memory, fewer --workers or a smaller --region; then `resflow map resume RUN`.',
};

const describeLoss = (gone: WorkerGone, task: Task, tries: number): TaskFailure => ({
  code: gone.code,
  message: `Region ${task.window.width}x${task.window.height} at column ${task.window.x}, row ${task.window.y} of scene '${task.scene}': ${gone.message} (try ${tries})`,
  hint: LOSS_HINTS[gone.code],
  context: { scene: task.scene, task: task.id, tries },
});

/** Outcomes on their way from the slots to whoever iterates. */
class OutcomeQueue<T extends Task> {
  readonly #waiting: TaskOutcome<T>[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #failure: { reason: unknown } | null = null;

  get closed(): boolean {
    return this.#ended || this.#failure !== null;
  }

  push(outcome: TaskOutcome<T>): void {
    this.#waiting.push(outcome);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  async *drain(): AsyncGenerator<TaskOutcome<T>> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#failure !== null) throw this.#failure.reason;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
