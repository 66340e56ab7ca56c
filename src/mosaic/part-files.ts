import { crc32 } from 'node:zlib';
import type { Store, StoredObject } from '../storage/store.ts';
import type { PartIndex } from './part-format.ts';
import { openPart, partDamaged, readPartEnd, type PartEnd } from './read-part.ts';

/** Where a block's bytes lie in a file, and their CRC-32. */
export interface StoredBlock {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** Files held open at the same time; more than are ever read at the same time, so that none is closed before its read. */
const OPEN_LIMIT = 256;

/** Bytes of parts' ends that are kept for the blocks in them. */
const ENDS_LIMIT = 32 * 1024 * 1024;

/** Reads part files through a limited number of open handles; the longest unused is closed first. */
export class PartFiles {
  readonly #store: Store;
  readonly #open = new Map<string, Promise<StoredObject>>();
  readonly #ends = new Map<string, PartEnd>();
  #endBytes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The index of a part, checked (see readPartEnd). */
  async index(key: string): Promise<PartIndex> {
    const end = await readPartEnd(await this.#handle(key), this.addressOf(key));
    if (this.#endBytes + end.bytes.length <= ENDS_LIMIT) {
      this.#ends.set(key, end);
      this.#endBytes += end.bytes.length;
    }
    return end.index;
  }

  /**
   * The bytes of some blocks that lie one behind the other. Throws PART_DAMAGED where bytes are missing or the CRC-32 of a
   * block differs.
   */
  async read(key: string, ...blocks: readonly StoredBlock[]): Promise<Uint8Array> {
    const start = blocks[0]?.offset ?? 0;
    const bytes = await this.#bytes(
      key,
      start,
      blocks.reduce((sum, { length }) => sum + length, 0),
    );
    const path = this.addressOf(key);
    for (const { offset, length, crc } of blocks) {
      const block = bytes.subarray(offset - start, offset - start + length);
      if (block.length !== length) throw partDamaged(path, `ends within the block at byte ${offset}`);
      if (crc32(block) !== crc)
        throw partDamaged(path, `has a damaged block at byte ${offset} (CRC-32 differs)`);
    }
    return bytes;
  }

  /** Where a part lies, for people. */
  addressOf(key: string): string {
    return this.#store.addressOf(key);
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const handle of handles) if (handle.status === 'fulfilled') await handle.value.close();
  }

  async #bytes(key: string, start: number, length: number): Promise<Uint8Array> {
    const end = this.#ends.get(key);
    if (end !== undefined && start >= end.offset)
      return end.bytes.subarray(start - end.offset, start - end.offset + length);
    return (await this.#handle(key)).read(start, length);
  }

  async #handle(key: string): Promise<StoredObject> {
    const known = this.#open.get(key);
    this.#open.delete(key);
    const handle = known ?? openPart(this.#store, key);
    this.#open.set(key, handle);
    if (this.#open.size > OPEN_LIMIT) {
      const [oldest] = this.#open.entries();
      if (oldest !== undefined) {
        this.#open.delete(oldest[0]);
        await (await oldest[1]).close();
      }
    }
    return handle;
  }
}
