import { toResflowError } from '../core/errors.ts';
import type { Engine, EngineObserver, TaskFailure, TaskOutcome } from './engine.ts';
import { peakResidentMiB } from './memory.ts';
import { OutcomeQueue } from './outcome-queue.ts';
import type { ReportOf, Task } from './protocol.ts';
import { SparkDriver, type DriverCommand } from './spark-driver.ts';
import { noExecutor, noSession, noWorker, sessionHangs, sparkLost } from './spark-errors.ts';
import { SparkJobs } from './spark-jobs.ts';
import type { SparkMessage, SparkRow, SparkSessionRequest } from './spark-messages.ts';
import { describeLoss, fatal, isFatal } from './task-failures.ts';
import { TaskQueue } from './task-queue.ts';

export interface SparkEngineOptions {
  readonly session: SparkSessionRequest;
  readonly driver: DriverCommand;
  /** The master, as it may be shown. */
  readonly master: string;
  /** How long a session may take to open before the run ends. */
  readonly openingMs: number;
  /** How long work may wait without any executor before the run ends. */
  readonly patienceMs: number;
  /** Called where nothing has come back for a while, with how long that is, and whether any executor is there. */
  readonly onSilence: (seconds: number, executors: boolean) => void;
}

/** Sessions that may be lost one after the other, with nothing done in between, before the run gives up. */
const MOST_SESSIONS = 3;
const STOP_GRACE_MS = 8000;
const SILENCE_MS = 60_000;

/** Runs tasks on an Apache Spark cluster, through a driver process that holds the session. */
export function createSparkEngine(options: SparkEngineOptions): Engine {
  return {
    name: 'spark',
    run: (tasks, signal, observer = {}) => new SparkRun(tasks, options, { signal, observer }).outcomes(),
  };
}

class SparkRun<T extends Task> {
  readonly #options: SparkEngineOptions;
  readonly #signal: AbortSignal;
  readonly #observer: EngineObserver<T>;
  readonly #jobs: SparkJobs<T>;
  readonly #queue = new OutcomeQueue<T>();
  readonly #tasks: TaskQueue<T>;
  #driver: SparkDriver | null = null;
  /** The most that the worker of each slot has taken, MiB; a lost executor's slots are here beside those after them. */
  readonly #workerMiB = new Map<string, number>();
  #slots = 0;
  #sessionsLost = 0;
  #anyDone = false;
  /** The session is there, or is being opened since. */
  #ready = false;
  #opening = performance.now();
  #executors = false;
  #heard = performance.now();
  #warned = 0;
  /** When last an executor was there, or none was needed. */
  #answered = performance.now();

  constructor(
    tasks: readonly T[] | TaskQueue<T>,
    options: SparkEngineOptions,
    { signal, observer }: { signal: AbortSignal; observer: EngineObserver<T> },
  ) {
    this.#options = options;
    this.#signal = signal;
    this.#observer = observer;
    this.#tasks = TaskQueue.of(tasks);
    this.#jobs = new SparkJobs(this.#takeTasks());
    if (this.#jobs.finished && this.#tasks.closed) this.#queue.end();
    this.#tasks.onChange(() => {
      this.#jobs.add(this.#takeTasks());
      // Jobs of a session that is not there yet are sent when it is.
      if (this.#ready) this.#send();
    });
  }

  #takeTasks(): T[] {
    const taken: T[] = [];
    for (let task = this.#tasks.take(); task !== undefined; task = this.#tasks.take()) taken.push(task);
    return taken;
  }

  #send(): void {
    if (this.#queue.closed) return;
    for (const { job, partitions } of this.#jobs.take()) this.#driver?.send({ job, partitions });
    if (this.#jobs.finished && this.#tasks.closed) this.#queue.end();
  }

  async *outcomes(): AsyncGenerator<TaskOutcome<T>> {
    const onAbort = () => this.#queue.fail(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    if (this.#signal.aborted) onAbort();
    const { openingMs, patienceMs } = this.#options;
    const every = Math.min(SILENCE_MS / 6, openingMs / 4, patienceMs / 4);
    const timer = setInterval(() => this.#watchSilence(), every);
    try {
      if (!this.#queue.closed) this.#open();
      yield* this.#queue.drain();
    } finally {
      clearInterval(timer);
      this.#signal.removeEventListener('abort', onAbort);
      this.#queue.end();
      await this.#driver?.stop(STOP_GRACE_MS);
    }
  }

  #open(): void {
    const { driver, session } = this.#options;
    const opened: SparkDriver = new SparkDriver(driver, session, (message) =>
      this.#onMessage(opened, message),
    );
    this.#driver = opened;
    this.#opening = performance.now();
    void opened.exited.then(() => this.#onExit(opened));
  }

  #onExit(driver: SparkDriver): void {
    if (this.#queue.closed || driver !== this.#driver) return;
    this.#sessionsLost += 1;
    if (this.#sessionsLost >= MOST_SESSIONS) {
      this.#queue.fail(sparkLost(`${driver.lastWords} (${this.#sessionsLost} times)`));
      return;
    }
    this.#ready = false;
    this.#executors = false;
    this.#jobs.recall();
    this.#open();
  }

  #onMessage(driver: SparkDriver, message: SparkMessage): void {
    if (this.#queue.closed || driver !== this.#driver) return;
    if (message.event === 'executors') {
      this.#executors = message.there;
      return;
    }
    if (message.event === 'fault') {
      // Of a session that was lost before: its driver ends, and another has a try.
      if (!this.#anyDone) this.#queue.fail(noSession(message.message));
      return;
    }
    this.#heard = performance.now();
    if (message.event === 'session') {
      this.#ready = true;
      this.#slots = message.slots ?? Infinity;
      this.#jobs.tellSlots(message.slots);
    } else if (message.event === 'outcomes') this.#onRows(message.job, message.rows);
    else this.#onLost(message.job, message.message);
    this.#send();
  }

  #onRows(job: number, rows: readonly SparkRow[]): void {
    this.#sessionsLost = 0;
    this.#anyDone = true;
    const tasks = this.#jobs.done(job, rows);
    for (const row of rows) {
      const task = tasks.get(row.id);
      // A row of a job that was recalled: its tasks are out again, and their markers make that cheap.
      if (task === undefined) continue;
      const outcome = outcomeOf(task, row);
      if (outcome.status === 'failed' && isFatal(outcome.error)) this.#queue.fail(fatal(outcome.error));
      else this.#queue.push(outcome);
      if (outcome.status === 'done' && !outcome.reused) this.#noteMemory(row.slot, outcome.report);
    }
    this.#tellMemory();
  }

  #noteMemory(slot: string, report: ReportOf<T>): void {
    if (!('peakMemoryMiB' in report)) return;
    this.#workerMiB.set(slot, Math.max(report.peakMemoryMiB, this.#workerMiB.get(slot) ?? 0));
  }

  /** Of this process and of one worker a slot; what Spark's own processes take is not known here. */
  #tellMemory(): void {
    const most = [...this.#workerMiB.values()].toSorted((a, b) => b - a).slice(0, this.#slots);
    this.#observer.memory?.(most.reduce((sum, mib) => sum + mib, peakResidentMiB()));
  }

  #onLost(job: number, message: string): void {
    if (!this.#anyDone && message.includes('does not start on')) {
      this.#queue.fail(noWorker(message));
      return;
    }
    for (const task of this.#jobs.lost(job)) {
      const reason = `Spark gave its job up, alone too: ${message}`;
      const error = describeLoss({ code: 'TASK_LOST', message: reason, tries: 2 }, task);
      this.#queue.push({ status: 'failed', task, error });
    }
  }

  #watchSilence(): void {
    const { openingMs, patienceMs, master, onSilence } = this.#options;
    const now = performance.now();
    if (!this.#ready && now - this.#opening >= openingMs) {
      this.#queue.fail(sessionHangs(master, openingMs));
      return;
    }
    if (this.#executors || !this.#ready || this.#jobs.idle) this.#answered = now;
    if (now - this.#answered >= patienceMs) {
      this.#queue.fail(noExecutor(master, patienceMs));
      return;
    }
    if (now - Math.max(this.#heard, this.#warned) < SILENCE_MS) return;
    this.#warned = now;
    onSilence(Math.round((now - this.#heard) / 1000), this.#executors);
  }
}

function outcomeOf<T extends Task>(task: T, { result, gone, slot }: SparkRow): TaskOutcome<T> {
  const host = slot.slice(0, slot.lastIndexOf(':'));
  if (gone !== undefined) return { status: 'failed', task, error: on(host, describeLoss(gone, task)) };
  if (result?.type === 'result' && result.status === 'done') {
    // A worker answers with the report of the task's kind.
    return { status: 'done', task, reused: result.reused, report: result.report as ReportOf<T> };
  }
  const error: TaskFailure =
    result?.type === 'result'
      ? result.error
      : toResflowError(new Error(`a task was answered with '${result?.type ?? 'nothing'}'`)).toJSON();
  return { status: 'failed', task, error: on(host, error) };
}

/** A failure with the executor's host: the disk that is full, the file that is not there, are its own. */
const on = (host: string, { message, context, ...rest }: TaskFailure): TaskFailure => ({
  ...rest,
  message: message.replace(/\.?$/, (end) => ` (on ${host})${end}`),
  context: { ...context, host },
});
