import { intersectWindows, type Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { axisKernel, isIdentityScale, type AxisKernel } from './axis-kernel.ts';
import { clearAround, emptyBlock } from './block-window.ts';
import { planStrips, readRows, readRowsInto, type NativeRows, type NativeSource } from './native-rows.ts';
import { nativeSource, type SceneSpec } from './native-source.ts';
import type { NativeArray } from './native-type.ts';
import { openRaster, type OpenRaster } from './open-dataset.ts';
import type { BlockType, PixelBlock, ReaderInto } from './pixel-block.ts';
import { RowResampler } from './resample-rows.ts';
import { checkIdentity } from './source-identity.ts';

export type { SceneSpec };

/**
 * Opens a scene for reading on a working grid: area averaging where grid pixels are larger than the source's (from the
 * smallest overview that still has the grid's pixels), bicubic (Keys, a = -0.5) where they are smaller, the pixels
 * themselves where they are equal. Reads run on GDAL's threads, and the next strip is read while one is resampled.
 * Memory: the block asked for, plus two strips of about 12 MiB (more where the file's own blocks are taller).
 * Throws the errors of `openRaster` and `checkIdentity`, BAND_MISSING, SOURCE_CHANGED; `read` throws READ_FAILED.
 */
export async function openSceneReader(spec: SceneSpec, grid: WorkingGrid): Promise<ReaderInto> {
  if (spec.identity !== null) await checkIdentity(spec.identity);
  const raster = await openRaster(spec.href);
  try {
    return new GdalSceneReader(raster, nativeSource(spec, raster, grid), grid);
  } catch (error) {
    raster.dataset.close();
    throw error;
  }
}

class GdalSceneReader implements ReaderInto {
  readonly type: BlockType;
  readonly #raster: OpenRaster;
  readonly #source: NativeSource;
  readonly #grid: WorkingGrid;
  #pending = 0;
  #closed = false;

  constructor(raster: OpenRaster, source: NativeSource, grid: WorkingGrid) {
    this.#raster = raster;
    this.#source = source;
    this.#grid = grid;
    this.type = source.native.block;
  }

  async read(window: Window): Promise<PixelBlock> {
    const block = emptyBlock(window, this.#source.bandIndices.length, this.type);
    await this.readInto(block, window);
    return block;
  }

  async readInto(block: PixelBlock, part: Window): Promise<void> {
    if (this.#closed) throw new RangeError(`${this.#source.href}: read after close`);
    const { width, height } = this.#grid;
    const inside = intersectWindows(part, { x: 0, y: 0, width, height });
    clearAround(block, part, inside);
    if (inside === null) return;
    this.#pending++;
    try {
      await this.#fill(block, inside);
    } finally {
      this.#pending--;
      if (this.#closed && this.#pending === 0) this.#raster.dataset.close();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#pending === 0) this.#raster.dataset.close();
  }

  async #fill(block: PixelBlock, inside: Window): Promise<void> {
    const { level } = this.#source;
    if (isIdentityScale(level.scaleX, level.width) && isIdentityScale(level.scaleY, level.height)) {
      await this.#copy(block, inside);
      return;
    }
    const x = axisKernel({ start: inside.x, length: inside.width, scale: level.scaleX, size: level.width });
    const y = axisKernel({ start: inside.y, length: inside.height, scale: level.scaleY, size: level.height });
    await this.#resample(block, inside, { x, y });
  }

  async #resample(
    block: PixelBlock,
    inside: Window,
    kernels: { x: AxisKernel; y: AxisKernel },
  ): Promise<void> {
    const { x, y } = kernels;
    const span = {
      x: x.sourceStart,
      y: y.sourceStart,
      width: x.sourceEnd - x.sourceStart,
      height: y.sourceEnd - y.sourceStart,
    };
    const target = { block, x: inside.x - block.window.x, y: inside.y - block.window.y };
    const resampler = new RowResampler(x, y, span.x, target);
    await this.#eachStrip(span, (rows) => resampler.feed(rows));
  }

  /** Reads the strips of a window in order, each while the one before is worked on. */
  async #eachStrip(window: Window, take: (rows: NativeRows) => void): Promise<void> {
    const strips = planStrips(this.#source, window);
    const start = (i: number) => {
      const strip = strips[i];
      return strip === undefined ? null : readRows(this.#source, strip);
    };
    let coming = start(0);
    for (let i = 1; coming !== null; i++) {
      const rows = await coming;
      coming = start(i);
      // Its failure is met at the next turn, not as an unhandled rejection while `take` throws.
      coming?.catch(() => undefined);
      take(rows);
    }
  }

  /** The pixels themselves: straight into the block where the type is the same, else row by row. */
  async #copy(block: PixelBlock, inside: Window): Promise<void> {
    const { native } = this.#source;
    if (native.wide || native.signedByte) {
      await this.#eachStrip(inside, (rows) => copyRows(rows, block, inside));
      return;
    }
    for (const strip of planStrips(this.#source, inside)) await readRowsInto(this.#source, strip, block);
  }
}

function copyRows(rows: NativeRows, block: PixelBlock, inside: Window): void {
  const { width, height } = block.window;
  const dx = inside.x - block.window.x;
  for (let r = 0; r < rows.rows; r++) {
    const to = (rows.y + r - block.window.y) * width + dx;
    const from = r * inside.width;
    block.valid.set(rows.valid.subarray(from, from + inside.width), to);
    rows.bands.forEach((data: NativeArray, b) => {
      block.data.set(data.subarray(from, from + inside.width), b * width * height + to);
    });
  }
}
