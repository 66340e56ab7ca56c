/** Whole rows of a raster: rows [y, y + rows). */
export interface RowStrip {
  readonly index: number;
  readonly y: number;
  readonly rows: number;
}

/** Rows of a strip: a row of blocks of our maps, so that each block is decoded once. */
export const STRIP_ROWS = 512;

/**
 * Strips of rows that tile a raster from top to bottom. Their number of rows is fixed, whatever the raster's size or the
 * machine's memory: simplified outlines keep their vertices on the lines between strips, so these lines must not move.
 */
export function planRowStrips(height: number, rows: number = STRIP_ROWS): RowStrip[] {
  return Array.from({ length: Math.ceil(height / rows) }, (_, index) => {
    const y = index * rows;
    return { index, y, rows: Math.min(rows, height - y) };
  });
}
