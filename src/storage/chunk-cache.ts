/** Bytes read at a time. */
export const CHUNK_BYTES = 2 ** 20;

/** The chunks of objects that were read last, so that neighbouring blocks cost one request. At most `limit` MiB. */
export class ChunkCache {
  readonly #limit: number;
  readonly #chunks = new Map<string, Promise<Uint8Array>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The chunk of a name, fetched where it is not there; what fails is not kept. */
  get(name: string, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#chunks.get(name);
    this.#chunks.delete(name);
    const chunk = known ?? fetch();
    this.#chunks.set(name, chunk);
    if (known === undefined) chunk.catch(() => this.#chunks.delete(name));
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > this.#limit && oldest !== undefined) this.#chunks.delete(oldest);
    return chunk;
  }

  /** Bytes of an object of that size, put together from its chunks. */
  async read(
    name: string,
    range: { offset: number; length: number; size: number },
    fetch: (offset: number, length: number) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const end = Math.min(range.size, range.offset + range.length);
    const parts: Uint8Array[] = [];
    for (let at = range.offset; at < end;) {
      const start = at - (at % CHUNK_BYTES);
      const length = Math.min(CHUNK_BYTES, range.size - start);
      const chunk = await this.get(`${name} ${start}`, () => fetch(start, length));
      const part = chunk.subarray(at - start, Math.min(length, end - start));
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(parts));
  }
}
