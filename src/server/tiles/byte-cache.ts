/** Keeps results up to a number of bytes in all; those that were used longest ago go first. */
export class ByteCache<T extends { readonly byteLength: number }> {
  readonly #entries = new Map<string, T>();
  readonly #limit: number;
  #bytes = 0;

  /** `limit` in bytes; what is larger than a sixteenth of it is not kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): T | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  set(key: string, value: T): void {
    const size = sizeOf(key, value);
    if (size > this.#limit / 16) return;
    const old = this.#entries.get(key);
    if (old !== undefined) this.#drop(key, old);
    this.#entries.set(key, value);
    this.#bytes += size;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#limit) return;
      this.#drop(oldest, entry);
    }
  }

  #drop(key: string, value: T): void {
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, value);
  }
}

/** With what the map itself takes for an entry, so that a million small ones do not count as nothing. */
const sizeOf = (key: string, value: { readonly byteLength: number }): number =>
  value.byteLength + 2 * key.length + 200;
