import type { Window } from '../geo/window.ts';

/**
 * Cuts a grid into regions of `regionPixels` a side, row by row; the last column and row are smaller. Every grid pixel
 * is in exactly one region. `regionPixels` must be a multiple of `blockPixels`, so that regions own whole blocks.
 */
export function planRegions(
  grid: { readonly width: number; readonly height: number },
  regionPixels: number,
  blockPixels: number,
): Window[] {
  if (regionPixels <= 0 || regionPixels % blockPixels !== 0) {
    throw new RangeError(`region of ${regionPixels} px is not a multiple of the block of ${blockPixels} px`);
  }
  const regions: Window[] = [];
  for (let y = 0; y < grid.height; y += regionPixels) {
    for (let x = 0; x < grid.width; x += regionPixels) {
      regions.push({
        x,
        y,
        width: Math.min(regionPixels, grid.width - x),
        height: Math.min(regionPixels, grid.height - y),
      });
    }
  }
  return regions;
}
