/** Things kept open, those asked for last; an older one is closed before another is opened in its place. */
export class Kept<T> {
  readonly #close: (value: T) => unknown;
  readonly #most: number;
  /** The one asked for last comes last. */
  readonly #held: { readonly key: string; readonly value: T }[] = [];

  constructor(close: (value: T) => unknown, most = 1) {
    this.#close = close;
    this.#most = most;
  }

  async get(key: string, openIt: () => Promise<T>): Promise<T> {
    const at = this.#held.findIndex((one) => one.key === key);
    const [known] = at < 0 ? [] : this.#held.splice(at, 1);
    const old = known === undefined && this.#held.length === this.#most ? this.#held.shift() : undefined;
    if (old !== undefined) await this.#close(old.value);
    const kept = known ?? { key, value: await openIt() };
    this.#held.push(kept);
    return kept.value;
  }

  /** Closes what is held. */
  async close(): Promise<void> {
    for (const { value } of this.#held.splice(0)) await this.#close(value);
  }
}
