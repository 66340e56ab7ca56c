import { HttpError } from '../problem.ts';
import { WorkLimit } from '../work-limit.ts';

interface Job {
  readonly result: Promise<unknown>;
  readonly gone: AbortController;
  waiting: number;
}

/**
 * Work within a limit that is shared: who asks for what is under way, or waits, by the same key, gets the same result. Work
 * that nobody waits for any more is not begun; if it has begun, its signal is aborted.
 */
export class SharedWork {
  readonly #limit: WorkLimit;
  readonly #jobs = new Map<string, Job>();

  constructor(limits: { readonly atOnce: number; readonly waiting: number }) {
    this.#limit = new WorkLimit(limits);
  }

  /** Throws 503 where too much waits already, the signal's reason, and what the work throws. */
  async run<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#begin(key, work);
    job.waiting++;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        reject(signal.reason as Error);
        job.waiting--;
        if (job.waiting === 0) this.#abandon(key, job);
      };
      signal.addEventListener('abort', leave, { once: true });
      job.result
        .then((value) => resolve(value as T), reject)
        .finally(() => signal.removeEventListener('abort', leave));
    });
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<unknown>): Job {
    const gone = new AbortController();
    const result = this.#limit
      .run(gone.signal, () => work(gone.signal))
      .finally(() => this.#forget(key, job));
    const job: Job = { result, gone, waiting: 0 };
    this.#jobs.set(key, job);
    return job;
  }

  /** Who asks again gets a new one. */
  #abandon(key: string, job: Job): void {
    this.#forget(key, job);
    job.gone.abort(new HttpError(499, 'CLIENT_GONE', 'Nobody waits for this any more.'));
  }

  #forget(key: string, job: Job): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}
