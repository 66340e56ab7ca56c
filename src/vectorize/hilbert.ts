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
  let x = cell(placeX, minX, maxX);
  let y = cell(placeY, minY, maxY);
  let index = 0;
  for (let side = cells / 2; side >= 1; side /= 2) {
    const right = (x & side) > 0 ? 1 : 0;
    const up = (y & side) > 0 ? 1 : 0;
    index += side * side * ((3 * right) ^ up);
    if (up === 0) {
      if (right === 1) [x, y] = [cells - 1 - x, cells - 1 - y];
      [x, y] = [y, x];
    }
  }
  return index;
}
