/** Steps of the curve along each axis: 2 ** 16. */
const ORDER_BITS = 16;

/** Bounds of what is ordered: places outside are taken to the nearest inside. */
export type Bounds = readonly [minX: number, minY: number, maxX: number, maxY: number];

/**
 * Where a place lies on Hilbert's curve over the bounds, 0 to 2 ** 32 - 1: near places have near numbers, so that files
 * in this order can be read in part (Skilling, "Programming the Hilbert curve", 2004, in two dimensions).
 */
export function hilbertIndex([minX, minY, maxX, maxY]: Bounds, placeX: number, placeY: number): number {
  const cells = 2 ** ORDER_BITS;
  const cell = (at: number, low: number, high: number) =>
    Math.max(0, Math.min(cells - 1, Math.floor(((at - low) / (high - low)) * cells) || 0));
  return hilbertCell(cells, cell(placeX, minX, maxX), cell(placeY, minY, maxY));
}

/** The number of a cell along Hilbert's curve over a grid of `side` by `side` cells, a power of two. */
export function hilbertCell(side: number, column: number, row: number): number {
  let [x, y] = [column, row];
  let index = 0;
  for (let half = side / 2; half >= 1; half /= 2) {
    const right = (x & half) > 0 ? 1 : 0;
    const up = (y & half) > 0 ? 1 : 0;
    index += half * half * ((3 * right) ^ up);
    if (up === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
  }
  return index;
}
