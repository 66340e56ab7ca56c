import { HttpError } from '../problem.ts';

interface Job {
  readonly start: () => void;
  readonly gone: AbortController;
  readonly result: Promise<unknown>;
  waiting: number;
  running: boolean;
}

/**
 * Does a bounded amount of work at a time, first come, first served. Who asks for work that is under way, or waits, by the
 * same key shares it. Work that nobody waits for any more is not begun; if it has begun, its signal is aborted.
 */
export class WorkQueue {
  readonly #jobs = new Map<string, Job>();
  /** Jobs that wait, in their order. */
  readonly #line = new Set<Job>();
  readonly #limits: { readonly atOnce: number; readonly waiting: number };
  #running = 0;

  constructor(limits: { atOnce: number; waiting: number }) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /** Throws 503 where too much waits already, the signal's reason, and what the work throws. */
  async run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#add(key, work);
    job.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal.reason as Error);
        if (--job.waiting === 0) this.#abandon(key, job);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return (await Promise.race([job.result, left])) as T;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #add(key: string, work: (signal: AbortSignal) => Promise<unknown>): Job {
    if (this.#line.size >= this.#limits.waiting) throw busy(this.#line.size);
    const gone = new AbortController();
    let start = () => {};
    const begun = new Promise<void>((resolve) => (start = resolve));
    const result = begun.then(() => work(gone.signal)).finally(() => this.#end(key, job));
    // Whoever waited has heard of it, or has left.
    result.catch(() => undefined);
    const job: Job = { start, gone, result, waiting: 0, running: false };
    this.#jobs.set(key, job);
    this.#line.add(job);
    this.#next();
    return job;
  }

  #next(): void {
    for (const job of this.#line) {
      if (this.#running >= this.#limits.atOnce) return;
      this.#line.delete(job);
      this.#running++;
      job.running = true;
      job.start();
    }
  }

  #end(key: string, job: Job): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    this.#running--;
    this.#next();
  }

  /** A job that nobody waits for; who asks again gets a new one. */
  #abandon(key: string, job: Job): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    this.#line.delete(job);
    if (job.running) job.gone.abort(new HttpError(499, 'CLIENT_GONE', 'Nobody waits for this any more.'));
  }
}

const busy = (waiting: number): HttpError =>
  new HttpError(503, 'BUSY', `The server is busy: ${waiting} pictures wait to be drawn.`, {
    hint: 'Try again in a second.',
    headers: { 'retry-after': '1' },
  });
