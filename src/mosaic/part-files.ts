import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { openPart, partDamaged } from './read-part.ts';

/** Where a block's bytes lie in a file, and their CRC-32. */
export interface StoredBlock {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** Files held open at the same time. */
const OPEN_LIMIT = 64;

/** Reads blocks of many part files through a limited number of open handles; the longest unused is closed first. */
export class PartFiles {
  readonly #open = new Map<string, Promise<FileHandle>>();

  /** Fills `into`, of the block's length. Throws PART_DAMAGED where bytes are missing or their CRC-32 differs. */
  async read(path: string, block: StoredBlock, into: Uint8Array): Promise<void> {
    const file = await this.#handle(path);
    const { bytesRead } = await file.read(into, 0, block.length, block.offset);
    if (bytesRead !== block.length) {
      throw partDamaged(path, `ends within the block at byte ${block.offset}`);
    }
    if (crc32(into) !== block.crc) {
      throw partDamaged(path, `has a damaged block at byte ${block.offset} (CRC-32 differs)`);
    }
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const handle of handles) if (handle.status === 'fulfilled') await handle.value.close();
  }

  /** Callers read one block at a time, so that no handle is closed under a reader. */
  async #handle(path: string): Promise<FileHandle> {
    const known = this.#open.get(path);
    this.#open.delete(path);
    const handle = known ?? openPart(path);
    this.#open.set(path, handle);
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
