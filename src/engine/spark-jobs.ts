import type { Task } from './protocol.ts';

/** A job to be sent, and whether its tasks are under suspicion of having taken a job down. */
export interface SparkJob<T extends Task = Task> {
  readonly job: number;
  readonly partitions: readonly (readonly T[])[];
  readonly quarantined: boolean;
  /** Sent at once, before all that wait, and of another kind: says nothing of how long tasks take. */
  readonly urgent: boolean;
}

/** A Spark task of so many seconds costs little beside them (55 to 150 ms each), and still balances. */
const PARTITION_SECONDS = 3;
/** Partitions sent and not yet answered, for each slot: one at work, the others ready where it ends. */
const AHEAD = 3;
/** What remains is dealt in shares that get smaller, so that slots end together; but not below so many seconds. */
const SHARES = 3;
const LEAST_SECONDS = 0.5;
const MOST_TASKS = 512;
const DEFAULT_SLOTS = 4;

/**
 * Deals the tasks of a run to Spark jobs, records in, records out. Jobs are small, some are always ahead, and the rows of
 * each come back when it ends: so outcomes stream, and nothing at the driver grows with the number of regions. How many
 * tasks share a partition follows from how long they take; how many partitions are out, from the slots that have been
 * seen at work. Tasks of a job that Spark gave up run again one by one, one at a time: what then takes its job down
 * again has done it by itself.
 */
export class SparkJobs<T extends Task = Task> {
  readonly #waiting: T[];
  readonly #suspects: T[] = [];
  readonly #urgent: (readonly T[])[] = [];
  readonly #out = new Map<number, SparkJob<T>>();
  readonly #slotsSeen = new Set<string>();
  #slotsTold = DEFAULT_SLOTS;
  #at = 0;
  #next = 0;
  #secondsPerTask: number | null = null;

  constructor(tasks: readonly T[]) {
    this.#waiting = [...tasks];
  }

  /** Tasks that belong together and are to be done as soon as may be: one job, since each costs the driver what a task costs. */
  add(tasks: readonly T[]): void {
    if (tasks.length > 0) this.#urgent.push(tasks);
  }

  /** Tasks that run at the same time, where the master tells; more may turn up later. */
  tellSlots(slots: number | null): void {
    if (slots !== null) this.#slotsTold = slots;
  }

  get finished(): boolean {
    return this.#out.size + this.#left + this.#suspects.length + this.#urgent.length === 0;
  }

  /** True while nothing is out. */
  get idle(): boolean {
    return this.#out.size === 0;
  }

  /** Jobs that should be sent now. */
  take(): SparkJob<T>[] {
    const jobs = this.#urgent.splice(0).map((tasks) =>
      this.#send(
        tasks.map((task) => [task]),
        { urgent: true },
      ),
    );
    while (this.#left > 0 && this.#partitionsOut() < AHEAD * this.#slots) {
      jobs.push(this.#send(this.#deal(), {}));
    }
    const [suspect] = this.#suspects;
    const quarantine = [...this.#out.values()].some(({ quarantined }) => quarantined);
    if (suspect !== undefined && !quarantine) {
      this.#suspects.shift();
      jobs.push(this.#send([[suspect]], { quarantined: true }));
    }
    return jobs;
  }

  /** A job came back, from these slots. Returns its tasks by id. */
  done(job: number, rows: readonly { readonly slot: string; readonly seconds: number }[]): Map<string, T> {
    for (const { slot } of rows) this.#slotsSeen.add(slot);
    const seconds = rows.reduce((sum, row) => sum + row.seconds, 0) / rows.length;
    const known = this.#out.get(job);
    if (rows.length > 0 && known?.urgent !== true)
      this.#secondsPerTask = ((this.#secondsPerTask ?? seconds) + seconds) / 2;
    const tasks = known?.partitions.flat() ?? [];
    this.#out.delete(job);
    return new Map(tasks.map((task) => [task.id, task]));
  }

  /** Spark gave a job up. Returns the tasks that are given up with it; the others run again. */
  lost(job: number): readonly T[] {
    const known = this.#out.get(job);
    this.#out.delete(job);
    if (known === undefined) return [];
    if (known.quarantined) return known.partitions.flat();
    this.#suspects.push(...known.partitions.flat());
    return [];
  }

  /** The session is gone, and every job that was out: they run again, nobody is suspected. */
  recall(): void {
    for (const { partitions } of this.#out.values()) this.#waiting.push(...partitions.flat());
    this.#out.clear();
  }

  get #left(): number {
    return this.#waiting.length - this.#at;
  }

  get #slots(): number {
    return Math.max(this.#slotsTold, this.#slotsSeen.size);
  }

  #partitionsOut(): number {
    return [...this.#out.values()].reduce((sum, { partitions }) => sum + partitions.length, 0);
  }

  #deal(): T[][] {
    const slots = this.#slots;
    const lasting = (seconds: number) =>
      this.#secondsPerTask === null ? 1 : Math.floor(seconds / Math.max(1e-3, this.#secondsPerTask));
    const fair = Math.max(Math.ceil(this.#left / (SHARES * slots)), lasting(LEAST_SECONDS));
    const size = Math.max(1, Math.min(lasting(PARTITION_SECONDS), fair, MOST_TASKS));
    const partitions: T[][] = [];
    while (partitions.length < slots && this.#left > 0) {
      partitions.push(this.#waiting.slice(this.#at, this.#at + size));
      this.#at += Math.min(size, this.#left);
    }
    return partitions;
  }

  #send(
    partitions: readonly (readonly T[])[],
    { quarantined = false, urgent = false }: Partial<Pick<SparkJob, 'quarantined' | 'urgent'>>,
  ): SparkJob<T> {
    const job = { job: this.#next++, partitions, quarantined, urgent };
    this.#out.set(job.job, job);
    return job;
  }
}
