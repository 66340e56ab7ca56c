import type { BlockPlace } from '../raster/block-pyramid.ts';
import type { ImageLevel } from '../raster/overview-plan.ts';
import type { StoredBlock } from './part-files.ts';

/** A block was completed by no part. */
export const NOBODY = -1;
/** A block was composed by the assembly itself. */
export const COMPOSED = -2;

/** Who completed each block of one level and where its bytes lie: 20 bytes a block. */
export class LevelDirectory {
  readonly size: ImageLevel;
  /** Index of a part, COMPOSED or NOBODY. */
  readonly owners: Int32Array;
  readonly lengths: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #crcs: Uint32Array;

  constructor(size: ImageLevel) {
    const blocks = size.columns * size.rows;
    this.size = size;
    this.owners = new Int32Array(blocks).fill(NOBODY);
    this.lengths = new Uint32Array(blocks);
    this.#offsets = new Float64Array(blocks);
    this.#crcs = new Uint32Array(blocks);
  }

  indexOf(place: BlockPlace): number {
    return place.row * this.size.columns + place.column;
  }

  ownerAt(place: BlockPlace): number {
    return this.owners[this.indexOf(place)] ?? NOBODY;
  }

  set(index: number, owner: number, block: StoredBlock): void {
    this.owners[index] = owner;
    this.#offsets[index] = block.offset;
    this.lengths[index] = block.length;
    this.#crcs[index] = block.crc;
  }

  stored(index: number): StoredBlock {
    return {
      offset: this.#offsets[index] ?? 0,
      length: this.lengths[index] ?? 0,
      crc: this.#crcs[index] ?? 0,
    };
  }
}
