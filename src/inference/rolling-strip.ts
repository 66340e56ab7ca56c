import { windowArea, type Window } from '../geo/window.ts';
import { copyCommonPixels } from '../raster/block-window.ts';
import { blockArray } from '../raster/native-type.ts';
import type { BlockData, BlockType, PixelBlock, ReaderInto } from '../raster/pixel-block.ts';

/** Rows of chips that are worked on at the same time (one is painted while another is computed), and the one read ahead. */
const SLOTS = 3;

/** Memory for strips, used again for region after region: fresh pages cost more than the pixels read into them. */
export class StripMemory {
  readonly #slots: Slot[] = [];
  #last = 0;

  /**
   * A block, the slots taking turns, from region to region too. What it holds is undefined; the block given SLOTS times
   * before is no longer anybody's.
   */
  block(window: Window, { bands, type }: { bands: number; type: BlockType }): PixelBlock {
    const pixels = windowArea(window);
    this.#last = (this.#last + 1) % SLOTS;
    const slot = this.#roomy(this.#last, pixels, { bands, type });
    const data = slot.data.subarray(0, pixels * bands);
    return { window, bands, type, data, valid: slot.valid.subarray(0, pixels) };
  }

  #roomy(index: number, pixels: number, { bands, type }: { bands: number; type: BlockType }): Slot {
    const slot = this.#slots[index];
    if (slot?.type === type && slot.valid.length >= pixels && slot.data.length >= pixels * bands) return slot;
    const roomy = { type, data: blockArray(type, pixels * bands), valid: new Uint8Array(pixels) };
    this.#slots[index] = roomy;
    return roomy;
  }
}

interface Slot {
  readonly type: BlockType;
  readonly data: BlockData;
  readonly valid: Uint8Array;
}

interface Reading {
  readonly block: PixelBlock;
  readonly done: Promise<void>;
}

/**
 * The pixels of a region one chip row after the other: rows that the next chip row needs again are kept, so each row is
 * read once; the new rows of the next strip are read while the current one is computed. The first strip of another region
 * may be read while the last one of this is computed, in the same memory.
 */
export class RollingStrip {
  readonly #reader: ReaderInto;
  readonly #bands: number;
  readonly #memory: StripMemory;
  #current: Reading | null = null;
  #ahead: Reading | null = null;

  constructor(reader: ReaderInto, bands: number, memory: StripMemory) {
    this.#reader = reader;
    this.#bands = bands;
    this.#memory = memory;
  }

  /**
   * The strip of this window; windows must have the same columns and go down the scene. It is the caller's until the
   * call after the next.
   */
  async advance(window: Window): Promise<PixelBlock> {
    const strip = this.#ahead ?? this.#read(window);
    this.#ahead = strip;
    await strip.done;
    this.#ahead = null;
    if (this.#current !== null) copyCommonPixels(this.#current.block, strip.block);
    this.#current = strip;
    return strip.block;
  }

  /** Starts reading what `advance(window)`, the next call, will need. */
  prefetch(window: Window): void {
    this.#ahead = this.#read(window);
    // The error is thrown where the strip is taken.
    this.#ahead.done.catch(() => undefined);
  }

  /** Waits for what is being read, so that the memory can be used again. */
  async settle(): Promise<void> {
    await this.#ahead?.done.catch(() => undefined);
  }

  /** Reads the rows that the current strip does not hold into a slot that it does not use. */
  #read(window: Window): Reading {
    const current = this.#current;
    const block = this.#memory.block(window, { bands: this.#bands, type: this.#reader.type });
    const held = current === null ? window.y : current.block.window.y + current.block.window.height;
    const y = Math.max(window.y, held);
    const height = window.y + window.height - y;
    const done = height > 0 ? this.#reader.readInto(block, { ...window, y, height }) : Promise.resolve();
    return { block, done };
  }
}
