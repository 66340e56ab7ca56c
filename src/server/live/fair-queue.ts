import { HttpError } from '../problem.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

interface Job {
  readonly key: string;
  readonly work: () => Promise<void>;
  /** Those who still want it, by client. */
  readonly wanted: Map<string, Set<Waiter>>;
}

/** Jobs that one client may have waiting; more is refused. */
const MOST_WAITING_EACH = 64;

/**
 * Jobs of several clients, some at a time. Clients take turns; of one client's jobs the last asked for comes first, since
 * that is where it looks now. The same job is done once for all who want it; one that nobody wants any more is not begun.
 */
export class FairQueue {
  readonly #atOnce: number;
  readonly #waiting = new Map<string, Job>();
  readonly #running = new Map<string, Job>();
  /** Clients in the order of their next turns. */
  readonly #turns: string[] = [];

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Jobs that wait and that run. */
  get size(): { readonly waiting: number; readonly running: number } {
    return { waiting: this.#waiting.size, running: this.#running.size };
  }

  /**
   * Settles as the job does. Throws 503 where the client has too many waiting already, and the signal's reason where it is
   * aborted before the job is done; a job that runs then is finished all the same.
   */
  async want(
    key: string,
    { client, signal, work }: { client: string; signal: AbortSignal; work: () => Promise<void> },
  ): Promise<void> {
    signal.throwIfAborted();
    const known = this.#running.get(key) ?? this.#waiting.get(key);
    if (known === undefined) this.#checkLength(client);
    const job = known ?? { key, work, wanted: new Map<string, Set<Waiter>>() };
    if (known === undefined) this.#waiting.set(key, job);
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', leave);
        end();
      };
      const waiter: Waiter = {
        resolve: () => settle(resolve),
        reject: (reason) => settle(() => reject(reason)),
      };
      const leave = () => {
        this.#forget(job, client, waiter);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      const own = job.wanted.get(client) ?? new Set();
      job.wanted.set(client, own.add(waiter));
      if (!this.#turns.includes(client)) this.#turns.push(client);
      this.#next();
    });
  }

  #checkLength(client: string): void {
    let waiting = 0;
    for (const { wanted } of this.#waiting.values()) waiting += Number(wanted.has(client));
    if (waiting < MOST_WAITING_EACH) return;
    throw new HttpError(
      503,
      'TOO_MANY_PREDICTIONS',
      `${MOST_WAITING_EACH} predictions wait for you already.`,
      {
        hint: 'Look at a smaller area, or ask again in a moment.',
        headers: { 'retry-after': '2' },
      },
    );
  }

  #forget(job: Job, client: string, waiter: Waiter): void {
    const own = job.wanted.get(client);
    own?.delete(waiter);
    if (own?.size === 0) job.wanted.delete(client);
    if (job.wanted.size === 0) this.#waiting.delete(job.key);
  }

  #next(): void {
    while (this.#running.size < this.#atOnce) {
      const job = this.#take();
      if (job === null) return;
      this.#waiting.delete(job.key);
      this.#running.set(job.key, job);
      void this.#execute(job);
    }
  }

  /** The newest job of the client whose turn it is. */
  #take(): Job | null {
    for (let tries = this.#turns.length; tries > 0; tries -= 1) {
      const client = this.#turns.shift();
      if (client === undefined) return null;
      const jobs = [...this.#waiting.values()].filter(({ wanted }) => wanted.has(client));
      const newest = jobs.at(-1);
      if (newest === undefined) continue;
      this.#turns.push(client);
      return newest;
    }
    return null;
  }

  async #execute(job: Job): Promise<void> {
    let end: (waiter: Waiter) => void;
    try {
      await job.work();
      end = ({ resolve }) => resolve();
    } catch (error) {
      end = ({ reject }) => reject(error as Error);
    }
    this.#running.delete(job.key);
    for (const waiters of job.wanted.values()) for (const waiter of waiters) end(waiter);
    this.#next();
  }
}
