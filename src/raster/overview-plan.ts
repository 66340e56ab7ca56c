/** One resolution of a tiled image: level 0 is the base, level n is half of level n-1, rounded up. */
export interface ImageLevel {
  readonly level: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Blocks. Those of the last column and row may hang over the edge. */
  readonly columns: number;
  readonly rows: number;
}

/**
 * The base and its overviews, base first: each level has ceil(size / 2) of the one below; the last is the first whose
 * sides are both within one block. `blockPixels` is a power of two of 16 or more, so that blocks nest 2x2.
 */
export function planOverviews(gridWidth: number, gridHeight: number, blockPixels: number): ImageLevel[] {
  requireBlockPixels(blockPixels);
  const levels: ImageLevel[] = [];
  let [width, height] = [gridWidth, gridHeight];
  for (;;) {
    const columns = Math.ceil(width / blockPixels);
    const rows = Math.ceil(height / blockPixels);
    levels.push({ level: levels.length, width, height, columns, rows });
    if (columns <= 1 && rows <= 1) return levels;
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
  }
}

/** Throws RangeError unless the block side is a power of two of 16 (TIFF's least tile) or more. */
export function requireBlockPixels(blockPixels: number): void {
  if (!Number.isInteger(Math.log2(blockPixels)) || blockPixels < 16) {
    throw new RangeError(`blockPixels is ${blockPixels}; it must be a power of two of 16 or more`);
  }
}
