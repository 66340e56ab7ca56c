import type { AppendFile } from '../raster/append-file.ts';
import { BlockEncoder, type Block, type EncodedBlock } from '../raster/block-encoder.ts';
import type { BlockPlace } from '../raster/block-pyramid.ts';
import { InOrder } from '../raster/in-order.ts';
import type { BlockTable } from './part-format.ts';

/** Blocks being compressed at the same time; Node's thread pool has four threads. */
const ENCODING_LIMIT = 8;

/** Compresses blocks of one side and appends them to a file in the order given, whichever is compressed first. */
export class BlockStore {
  readonly #file: AppendFile;
  readonly #noData: number;
  readonly #encoder: BlockEncoder;
  readonly #queue = new InOrder<EncodedBlock>(ENCODING_LIMIT);

  constructor(file: AppendFile, { side, noData }: { side: number; noData: number }) {
    this.#file = file;
    this.#noData = noData;
    this.#encoder = new BlockEncoder(side);
  }

  /** Stores a block and enters it in its table; a block of nothing but no-data takes no bytes. */
  async store(table: BlockTable | undefined, place: BlockPlace, block: Block): Promise<void> {
    if (block === this.#noData) return;
    if (table === undefined) throw new RangeError(`no table for blocks of level ${place.level}`);
    const at = 3 * ((place.row - table.row) * table.columns + place.column - table.column);
    await this.#queue.add(this.#encoder.encode(block), async ({ bytes, crc }) => {
      table.entries.splice(at, 3, await this.#file.append(bytes), bytes.length, crc);
    });
  }

  /** Waits until all blocks are in the file and their tables complete. */
  drain(): Promise<void> {
    return this.#queue.drain();
  }
}
