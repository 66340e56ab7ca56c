import type { Engine, EngineObserver, TaskFailure, TaskOutcome } from './engine.ts';
import { watchMemory } from './memory-watch.ts';
import { OutcomeQueue } from './outcome-queue.ts';
import type { ReportOf, Task } from './protocol.ts';
import type { StandbyWorkers } from './standby-workers.ts';
import { describeLoss, fatal, isFatal } from './task-failures.ts';
import { TaskQueue } from './task-queue.ts';
import { WorkerGone, type WorkerProcess } from './worker-process.ts';
import { WorkerSlot } from './worker-slot.ts';

export interface LocalEngineOptions {
  readonly workers: number;
  readonly standby: StandbyWorkers;
  /** All processes together; a run that passes it loses its largest worker. */
  readonly maxMemoryMiB: number;
  /** How often a task may take its worker down before it is given up. */
  readonly maxTries: number;
}

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
  readonly entrance: WorkerSlot;
}

async function* runLocally<T extends Task>(
  tasks: readonly T[] | TaskQueue<T>,
  options: LocalEngineOptions,
  signal: AbortSignal,
  observer: EngineObserver<T>,
): AsyncGenerator<TaskOutcome<T>> {
  const queue = TaskQueue.of(tasks);
  const outcomes = new OutcomeQueue<T>();
  const most = queue.closed ? queue.length : options.workers;
  const slots: Slot[] = Array.from({ length: Math.min(options.workers, most) }, () => ({
    worker: null,
    entrance: new WorkerSlot(),
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
    queue.clear();
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

/** Gives a slot's worker tasks as long as there are some: the next one as soon as it has room for it. */
async function serveSlot<T extends Task>(
  slot: Slot,
  queue: TaskQueue<T>,
  context: SlotContext<T>,
): Promise<void> {
  const tried = new Set<Promise<void>>();
  for (;;) {
    await slot.entrance.ready();
    const task = await queue.next();
    if (task === undefined) break;
    const trying: Promise<void> = tryTask(slot, task, context)
      .then((outcome) => {
        if (outcome.status === 'failed' && isFatal(outcome.error)) throw fatal(outcome.error);
        context.outcomes.push(outcome);
      })
      .catch((error: unknown) => context.outcomes.fail(error))
      .finally(() => tried.delete(trying));
    tried.add(trying);
  }
  await Promise.all(tried);
}

async function tryTask<T extends Task>(
  slot: Slot,
  task: T,
  context: SlotContext<T>,
): Promise<TaskOutcome<T>> {
  const { options, observer, outcomes } = context;
  let error: TaskFailure = { code: 'NOT_TRIED', message: 'the task was not tried', hint: null, context: {} };
  for (let tries = 1; tries <= options.maxTries && !outcomes.closed; tries += 1) {
    // Which of two tasks took their worker down is not known: from then on each is tried without the other.
    const place = await slot.entrance.enter({ alone: tries > 1 });
    try {
      if (slot.worker === null || !slot.worker.alive) slot.worker = options.standby.take();
      const reply = await slot.worker.ask(
        { type: 'task', task },
        { progress: (done, total) => observer.taskProgress?.(task, done, total), room: place.makeRoom },
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
      error = describeLoss({ code: thrown.code, message: thrown.message, tries }, task);
    } finally {
      place.leave();
    }
  }
  return { status: 'failed', task, error };
}
