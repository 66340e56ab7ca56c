import type { MapTask, Task } from './protocol.ts';

/** Tasks on their way to an engine. More may come while it works, until the queue is closed. */
export class TaskQueue<T extends Task = MapTask> {
  #waiting: T[];
  #at = 0;
  #closed = false;
  #listeners: (() => void)[] = [];

  constructor(tasks: readonly T[] = []) {
    this.#waiting = [...tasks];
  }

  static of<T extends Task>(tasks: readonly T[] | TaskQueue<T>): TaskQueue<T> {
    if (tasks instanceof TaskQueue) return tasks;
    const queue = new TaskQueue(tasks);
    queue.close();
    return queue;
  }

  /** Tasks that wait. */
  get length(): number {
    return this.#waiting.length - this.#at;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Adds tasks, which belong together, before all that wait. */
  addFirst(...tasks: readonly T[]): void {
    this.#waiting = [...tasks, ...this.#waiting.slice(this.#at)];
    this.#at = 0;
    this.#changed();
  }

  /** Moves the tasks that wait and pass the test before the others; among themselves both keep their order. */
  prefer(isFirst: (task: T) => boolean): void {
    const waiting = this.#waiting.slice(this.#at);
    const first = new Set(waiting.filter(isFirst));
    this.#waiting = [...first, ...waiting.filter((task) => !first.has(task))];
    this.#at = 0;
  }

  /** No more will come. */
  close(): void {
    this.#closed = true;
    this.#changed();
  }

  /** Drops what waits. */
  clear(): void {
    this.#waiting = [];
    this.#at = 0;
    this.close();
  }

  /** The next task; undefined where none waits. */
  take(): T | undefined {
    const task = this.#waiting[this.#at];
    if (task !== undefined) this.#at += 1;
    return task;
  }

  /** The next task, waited for; undefined where none will come. */
  async next(): Promise<T | undefined> {
    for (;;) {
      const task = this.take();
      if (task !== undefined || this.#closed) return task;
      await new Promise<void>((resolve) => this.onChange(resolve, { once: true }));
    }
  }

  /** Calls `listener` whenever tasks were added or the queue was closed. */
  onChange(listener: () => void, { once = false } = {}): void {
    const call = once
      ? () => {
          this.#listeners = this.#listeners.filter((other) => other !== call);
          listener();
        }
      : listener;
    this.#listeners.push(call);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
