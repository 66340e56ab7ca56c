import type { Window } from '../geo/window.ts';
import { copyCommonPixels, emptyBlock } from '../raster/block-window.ts';
import type { PixelBlock, SceneReader } from '../raster/pixel-block.ts';

/**
 * The pixels of a region one chip row after the other: rows that the next chip row needs again are kept, so each row is
 * read once; the new rows of the next strip are read while the current one is computed.
 */
export class RollingStrip {
  readonly #reader: SceneReader;
  readonly #bands: number;
  #current: PixelBlock | null = null;
  /** The strip before the current one: its memory is used again, since large buffers are costly to allocate. */
  #spare: PixelBlock | null = null;
  #ahead: { window: Window; block: Promise<PixelBlock> } | null = null;

  constructor(reader: SceneReader, bands: number) {
    this.#reader = reader;
    this.#bands = bands;
  }

  /**
   * The strip of this window; windows must have the same columns and go down the scene. The block before the last one
   * returned is written over.
   */
  async advance(window: Window): Promise<PixelBlock> {
    const fresh = this.#freshRows(window);
    const pieces: PixelBlock[] = this.#current === null ? [] : [this.#current];
    if (fresh !== null) pieces.push(await this.#take(fresh));
    const only = pieces.length === 1 ? pieces[0] : undefined;
    const strip = only !== undefined && sameWindow(only.window, window) ? only : this.#join(pieces, window);
    if (strip !== this.#current) this.#spare = this.#current;
    this.#current = strip;
    return strip;
  }

  /** Starts reading what `advance(window)` will need. */
  prefetch(window: Window): void {
    const fresh = this.#freshRows(window);
    if (fresh === null) return;
    const block = this.#reader.read(fresh);
    // The error is thrown where the block is taken.
    block.catch(() => undefined);
    this.#ahead = { window: fresh, block };
  }

  #freshRows(window: Window): Window | null {
    const end = window.y + window.height;
    const start = this.#current === null ? window.y : this.#current.window.y + this.#current.window.height;
    const y = Math.max(window.y, start);
    return y < end ? { x: window.x, y, width: window.width, height: end - y } : null;
  }

  #take(window: Window): Promise<PixelBlock> {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead !== null && sameWindow(ahead.window, window) ? ahead.block : this.#reader.read(window);
  }

  #join(pieces: readonly PixelBlock[], window: Window): PixelBlock {
    const spare = this.#spare;
    const fits = spare !== null && spare.valid.length === window.width * window.height;
    // The pieces cover the whole window, so nothing of the old strip shows through.
    const strip = fits ? { ...spare, window } : emptyBlock(window, this.#bands, this.#reader.type);
    for (const piece of pieces) copyCommonPixels(piece, strip);
    return strip;
  }
}

const sameWindow = (a: Window, b: Window): boolean =>
  a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
