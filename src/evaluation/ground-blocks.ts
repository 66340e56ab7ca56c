import type { Window } from '../geo/window.ts';

/**
 * Square blocks of ground that tile a grid from its origin; the last column and row are smaller. They are what the
 * bootstrap resamples: neighbouring pixels err together, blocks of tens of metres much less so.
 */
export interface GroundBlocks {
  readonly width: number;
  readonly height: number;
  readonly pixels: number;
  readonly columns: number;
  readonly rows: number;
}

/** `blockMetres` is rounded to whole grid pixels, at least one. */
export function planGroundBlocks(
  grid: { readonly width: number; readonly height: number; readonly gsdMetres: number },
  blockMetres: number,
): GroundBlocks {
  const pixels = Math.max(1, Math.round(blockMetres / grid.gsdMetres));
  return {
    width: grid.width,
    height: grid.height,
    pixels,
    columns: Math.ceil(grid.width / pixels),
    rows: Math.ceil(grid.height / pixels),
  };
}

/** Number of the block that holds a point given in grid pixels; points on the far edge belong to the last block. */
export function blockAt(blocks: GroundBlocks, x: number, y: number): number {
  const column = Math.min(Math.floor(x / blocks.pixels), blocks.columns - 1);
  const row = Math.min(Math.floor(y / blocks.pixels), blocks.rows - 1);
  return row * blocks.columns + column;
}

export function blockWindow(blocks: GroundBlocks, index: number): Window {
  const x = (index % blocks.columns) * blocks.pixels;
  const y = Math.floor(index / blocks.columns) * blocks.pixels;
  return {
    x,
    y,
    width: Math.min(blocks.pixels, blocks.width - x),
    height: Math.min(blocks.pixels, blocks.height - y),
  };
}
