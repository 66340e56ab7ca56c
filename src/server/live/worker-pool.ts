import { constants, setPriority } from 'node:os';
import { ResflowError, resourceError } from '../../core/errors.ts';
import type { MapTask } from '../../engine/protocol.ts';
import { WorkerGone, WorkerProcess, type WorkerCommand } from '../../engine/worker-process.ts';

/** Workers that nobody needs for so long end, and give their memory back. */
const IDLE_MS = 60_000;
const STOP_GRACE_MS = 1500;
/** How often a region may take its worker down before it is given up. */
const MAX_TRIES = 2;

/**
 * Worker processes that map single regions, as those of a run do, with less right to the processor than a run's. Started
 * when needed.
 */
export class WorkerPool {
  readonly #command: WorkerCommand;
  readonly #idle: { readonly worker: WorkerProcess; readonly timer: NodeJS.Timeout }[] = [];
  readonly #busy = new Set<WorkerProcess>();

  constructor(command: WorkerCommand) {
    this.#command = command;
  }

  /** Maps a region, unless its marker is there. Throws what the worker reports, and PREDICTION_FAILED where it dies. */
  async map(task: MapTask): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const worker = this.#take();
      try {
        const reply = await worker.ask({ type: 'task', task });
        if (reply.type !== 'result') throw new Error(`a task was answered with '${reply.type}'`);
        if (reply.status === 'done') return;
        const { code, message, hint } = reply.error;
        throw new ResflowError('input', code, message, hint === null ? {} : { hint });
      } catch (error) {
        if (!(error instanceof WorkerGone)) throw error;
        if (tries < MAX_TRIES) continue;
        throw resourceError('PREDICTION_FAILED', `The worker that predicted ended: ${error.message}`, {
          hint: 'If memory ran out, stop other programs, or use a smaller model.',
          context: { scene: task.scene },
          cause: error,
        });
      } finally {
        this.#giveBack(worker);
      }
    }
  }

  async stop(): Promise<void> {
    const all = [...this.#busy, ...this.#idle.map(({ worker }) => worker)];
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all(all.map((worker) => worker.stop(STOP_GRACE_MS)));
  }

  /** The one that worked last: it has a model and a scene open. */
  #take(): WorkerProcess {
    const last = this.#idle.pop();
    if (last !== undefined) clearTimeout(last.timer);
    const worker = last?.worker.alive ? last.worker : this.#start();
    this.#busy.add(worker);
    return worker;
  }

  #start(): WorkerProcess {
    const worker = new WorkerProcess(this.#command);
    try {
      if (worker.pid !== null) setPriority(worker.pid, constants.priority.PRIORITY_LOW);
    } catch {
      // Some systems do not let us; it works all the same.
    }
    return worker;
  }

  #giveBack(worker: WorkerProcess): void {
    this.#busy.delete(worker);
    if (!worker.alive) return;
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((one) => one.worker === worker);
      if (at >= 0) this.#idle.splice(at, 1);
      void worker.stop(STOP_GRACE_MS);
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ worker, timer });
  }
}
