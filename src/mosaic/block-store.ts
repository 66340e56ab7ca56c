import type { AppendFile } from '../core/append-file.ts';
import { BlockEncoder, type Block, type EncodedBlock } from '../raster/block-encoder.ts';
import type { BlockPlace } from '../raster/block-pyramid.ts';
import { InOrder } from '../core/in-order.ts';
import type { BlockTable } from './part-format.ts';

/** Blocks being compressed at the same time; Node's thread pool has four threads. */
const ENCODING_LIMIT = 8;

interface Entry {
  readonly table: BlockTable;
  /** Where in the table's entries. */
  readonly at: number;
  readonly encoded: EncodedBlock;
}

/**
 * Compresses blocks of one side and appends them to a file level by level, in the order given within a level, whichever is
 * compressed first. What is above the lowest level waits, compressed, until all is given.
 */
export class BlockStore {
  readonly #file: AppendFile;
  readonly #noData: number;
  readonly #encoder: BlockEncoder;
  readonly #queue = new InOrder<EncodedBlock>(ENCODING_LIMIT);
  readonly #lowest: number;
  #waiting: Entry[] = [];

  constructor(file: AppendFile, { side, noData, lowest }: { side: number; noData: number; lowest: number }) {
    this.#file = file;
    this.#noData = noData;
    this.#lowest = lowest;
    this.#encoder = new BlockEncoder(side);
  }

  /** Stores a block and enters it in its table; a block of nothing but no-data takes no bytes. */
  async store(table: BlockTable | undefined, place: BlockPlace, block: Block): Promise<void> {
    if (block === this.#noData) return;
    if (table === undefined) throw new RangeError(`no table for blocks of level ${place.level}`);
    const at = 3 * ((place.row - table.row) * table.columns + place.column - table.column);
    await this.#queue.add(this.#encoder.encode(block), async (encoded) => {
      const entry = { table, at, encoded };
      if (table.level > this.#lowest) this.#waiting.push(entry);
      else await this.#append(entry);
    });
  }

  /** Waits until all blocks are in the file and their tables complete. */
  async drain(): Promise<void> {
    await this.#queue.drain();
    const waiting = this.#waiting.sort((a, b) => a.table.level - b.table.level);
    this.#waiting = [];
    for (const entry of waiting) await this.#append(entry);
  }

  async #append({ table, at, encoded: { bytes, crc } }: Entry): Promise<void> {
    table.entries.splice(at, 3, await this.#file.append(bytes), bytes.length, crc);
  }
}
