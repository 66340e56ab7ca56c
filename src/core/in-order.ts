/**
 * Lets up to `limit` promises run at the same time and hands their values on in the order they were given, so that what
 * is written does not depend on which came first.
 */
export class InOrder<T> {
  readonly #limit: number;
  readonly #waiting: { value: Promise<T>; take: (value: T) => Promise<void> }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a promise; waits, while `limit` are under way, for the oldest to be taken. */
  async add(value: Promise<T>, take: (value: T) => Promise<void>): Promise<void> {
    // Its failure is thrown when its turn comes; until then it must not count as unhandled.
    value.catch(() => undefined);
    this.#waiting.push({ value, take });
    if (this.#waiting.length > this.#limit) await this.#takeOldest();
  }

  /** Waits until all were taken. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#takeOldest();
  }

  async #takeOldest(): Promise<void> {
    const oldest = this.#waiting.shift();
    if (oldest !== undefined) await oldest.take(await oldest.value);
  }
}
