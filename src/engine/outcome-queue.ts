import type { TaskOutcome } from './engine.ts';
import type { MapTask, Task } from './protocol.ts';

/** Outcomes on their way from an engine's slots to whoever iterates. */
export class OutcomeQueue<T extends Task = MapTask> {
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
