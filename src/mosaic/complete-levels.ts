import type { Window } from '../geo/window.ts';
import { blockOrder } from '../raster/block-order.ts';
import type { BlockPlace } from '../raster/block-pyramid.ts';
import type { ImageLevel } from '../raster/overview-plan.ts';
import type { BlockTable } from './part-format.ts';

/** Blocks of one level, as a rectangle counted in blocks. */
export interface BlockRectangle {
  readonly level: number;
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** The places of a rectangle's blocks, in the order in which their bytes lie. */
export function* placesOf(blocks: BlockRectangle): Generator<BlockPlace> {
  for (const index of blockOrder(blocks)) {
    const [down, right] = [Math.floor(index / blocks.columns), index % blocks.columns];
    yield { level: blocks.level, column: blocks.column + right, row: blocks.row + down };
  }
}

/** A table for a rectangle's blocks, in which none is stored yet. */
export const emptyTable = ({ level, column, row, columns, rows }: BlockRectangle): BlockTable => ({
  level,
  column,
  row,
  columns,
  rows,
  entries: Array.from({ length: 3 * columns * rows }, () => 0),
});

/**
 * The levels of which a region completes every block it touches, base first: while its corner lies on a block's corner
 * and its end on a block's end or the grid's. Empty where that is not so at the base: such a window is no region.
 */
export function completeLevels(
  window: Window,
  levels: readonly ImageLevel[],
  blockPixels: number,
): BlockRectangle[] {
  const complete: BlockRectangle[] = [];
  for (const size of levels) {
    const block = blockPixels * 2 ** size.level;
    const columns = blockRange(window.x, window.width, { block, end: levels[0]?.width ?? 0 });
    const rows = blockRange(window.y, window.height, { block, end: levels[0]?.height ?? 0 });
    if (columns === null || rows === null) break;
    complete.push({
      level: size.level,
      column: columns.first,
      columns: columns.count,
      row: rows.first,
      rows: rows.count,
    });
  }
  return complete;
}

function blockRange(
  start: number,
  length: number,
  of: { block: number; end: number },
): { first: number; count: number } | null {
  const end = start + length;
  if (start < 0 || length <= 0 || end > of.end || start % of.block !== 0) return null;
  if (end % of.block !== 0 && end !== of.end) return null;
  return { first: start / of.block, count: Math.ceil(end / of.block) - start / of.block };
}
