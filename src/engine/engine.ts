import type { MapTask, ReportOf, Task } from './protocol.ts';
import type { TaskQueue } from './task-queue.ts';

export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly context: Record<string, unknown>;
}

/** How one task ended. Every task that was given ends in exactly one outcome, unless the run is stopped. */
export type TaskOutcome<T extends Task = MapTask> =
  | {
      readonly status: 'done';
      readonly task: T;
      readonly reused: boolean;
      readonly report: ReportOf<T>;
    }
  | { readonly status: 'failed'; readonly task: T; readonly error: TaskFailure };

export interface EngineObserver<T extends Task = MapTask> {
  /** Chips finished of a task that is under way. */
  taskProgress?(task: T, chips: number, chipsTotal: number): void;
  /** Sum of resident memory of all processes that the engine knows of, whenever it was sampled. */
  memory?(totalMiB: number): void;
}

/** Executes tasks somewhere. Outcomes come as they happen, in any order. */
export interface Engine {
  readonly name: string;
  /**
   * Runs tasks to their ends, those too that come while it works, until their queue is closed. When `signal` is aborted, workers are stopped within seconds and the iteration throws the
   * signal's reason; finished tasks keep their markers.
   */
  run<T extends Task>(
    tasks: readonly T[] | TaskQueue<T>,
    signal: AbortSignal,
    observer?: EngineObserver<T>,
  ): AsyncIterable<TaskOutcome<T>>;
}
