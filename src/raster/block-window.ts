import type { Window } from '../geo/window.ts';
import { blockArray } from './native-type.ts';
import type { BlockType, PixelBlock } from './pixel-block.ts';

/** A block of zeros without data. */
export const emptyBlock = (window: Window, bands: number, type: BlockType): PixelBlock => ({
  window,
  bands,
  type,
  data: blockArray(type, bands * window.width * window.height),
  valid: new Uint8Array(window.width * window.height),
});

/** Makes the pixels of a part of a block's window zeros without data, but for those inside another window. */
export function clearAround(block: PixelBlock, part: Window, inside: Window | null): void {
  const end = part.x + part.width;
  for (let y = part.y; y < part.y + part.height; y += 1) {
    if (inside === null || y < inside.y || y >= inside.y + inside.height) clearRow(block, y, part.x, end);
    else {
      clearRow(block, y, part.x, inside.x);
      clearRow(block, y, inside.x + inside.width, end);
    }
  }
}

function clearRow({ window, bands, data, valid }: PixelBlock, y: number, from: number, to: number): void {
  if (from === to) return;
  const plane = window.width * window.height;
  const row = (y - window.y) * window.width - window.x;
  valid.fill(0, row + from, row + to);
  for (let b = 0; b < bands; b += 1) data.fill(0, b * plane + row + from, b * plane + row + to);
}

/** Copies the pixels that two blocks of the same bands and type have in common from one into the other. */
export function copyCommonPixels(from: PixelBlock, to: PixelBlock): void {
  const x0 = Math.max(from.window.x, to.window.x);
  const x1 = Math.min(from.window.x + from.window.width, to.window.x + to.window.width);
  const y0 = Math.max(from.window.y, to.window.y);
  const y1 = Math.min(from.window.y + from.window.height, to.window.y + to.window.height);
  if (x1 <= x0) return;
  const planeFrom = from.window.width * from.window.height;
  const planeTo = to.window.width * to.window.height;
  for (let y = y0; y < y1; y += 1) {
    const source = (y - from.window.y) * from.window.width + (x0 - from.window.x);
    const target = (y - to.window.y) * to.window.width + (x0 - to.window.x);
    for (let band = 0; band < from.bands; band += 1) {
      const start = band * planeFrom + source;
      to.data.set(from.data.subarray(start, start + x1 - x0), band * planeTo + target);
    }
    to.valid.set(from.valid.subarray(source, source + x1 - x0), target);
  }
}

/** The pixels of a window, from a block; what the block does not hold is without data. */
export function cutBlock(block: PixelBlock, window: Window): PixelBlock {
  const cut = emptyBlock(window, block.bands, block.type);
  copyCommonPixels(block, cut);
  return cut;
}
