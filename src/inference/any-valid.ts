import { bytesOf } from '../core/bytes-of.ts';
import { intersectWindows, type Window } from '../geo/window.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';

/** Whether a window holds a pixel with data. */
export function anyValid(block: PixelBlock, window: Window): boolean {
  const common = intersectWindows(block.window, window);
  if (common === null) return false;
  const mask = bytesOf(block.valid);
  for (let y = common.y; y < common.y + common.height; y += 1) {
    const start = (y - block.window.y) * block.window.width + (common.x - block.window.x);
    if (mask.subarray(start, start + common.width).includes(1)) return true;
  }
  return false;
}
