import { WorkerProcess, type WorkerCommand } from './worker-process.ts';

/**
 * Worker processes that are started before there is work for them, so that they come up while the plan is made. Whoever
 * takes one gives it back or stops it.
 */
export class StandbyWorkers {
  readonly #command: WorkerCommand;
  #waiting: WorkerProcess[] = [];

  constructor(command: WorkerCommand) {
    this.#command = command;
  }

  /** Starts so many; does not wait for them. */
  start(count: number): void {
    while (this.#waiting.length < count) this.#waiting.push(new WorkerProcess(this.#command));
  }

  /** The one that waits longest, or a new one. */
  take(): WorkerProcess {
    this.#waiting = this.#waiting.filter((worker) => worker.alive);
    return this.#waiting.shift() ?? new WorkerProcess(this.#command);
  }

  /** Takes back an idle worker, which is the next to be taken: it has a model open. */
  giveBack(worker: WorkerProcess): void {
    this.#waiting.unshift(worker);
  }

  /** Ends those that wait, but for so many. */
  async stop(graceMs: number, keep = 0): Promise<void> {
    const ended = this.#waiting.splice(keep);
    await Promise.all(ended.map((worker) => worker.stop(graceMs)));
  }
}
