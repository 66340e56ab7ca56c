/** The pixels of a strip, to look up which grid points are corners of outlines. */
export interface CornerGrid {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly rows: number;
  /** The strip's first row in the raster. */
  readonly y: number;
}

/** A stretch of a path by its points' numbers, both ends included; may run over the end of a closed path. */
export interface Stretch {
  readonly xs: Int32Array;
  readonly ys: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** True where outlines turn, meet or part at a grid point: all but points inside an area or on a straight edge. */
function isCorner({ pixels, width, rows, y: top }: CornerGrid, x: number, y: number): boolean {
  const row = y - top;
  if (row <= 0 || row >= rows) return false;
  const at = row * width + x;
  const outside = -1;
  const a = x > 0 ? (pixels[at - width - 1] as number) : outside;
  const b = x < width ? (pixels[at - width] as number) : outside;
  const c = x > 0 ? (pixels[at - 1] as number) : outside;
  const d = x < width ? (pixels[at] as number) : outside;
  return !((a === b && c === d) || (a === c && b === d));
}

/**
 * Whether a stretch of an outline can be replaced by the straight line between its ends without anything changing sides:
 * no corner of any outline but its own lies between the two, or on the line. Where every replaced stretch passes, no two
 * of the new lines cross: a line that enters the swept area of another would have to leave it through the old outline,
 * which then had a corner in the area that the line itself sweeps. Asks for the strip's pixels only, so both
 * neighbours of an outline decide alike.
 */
export function sweepsNothing(grid: CornerGrid, stretch: Stretch): boolean {
  const { xs, ys, from, to } = stretch;
  const [ax, ay] = [xs[from] as number, ys[from] as number];
  const [dx, dy] = [(xs[to] as number) - ax, (ys[to] as number) - ay];
  let [left, right, top, bottom, low, high, own] = [ax, ax, ay, ay, 0, 0, 0];
  for (let i = from; i <= to; i += 1) {
    const x = xs[i] as number;
    const y = ys[i] as number;
    const side = dx * (y - ay) - dy * (x - ax);
    if (side < low) low = side;
    if (side > high) high = side;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
    if (isCorner(grid, x, y)) own += 1;
  }
  let others = -own;
  const found: number[] = [];
  for (let y = Math.max(top, grid.y + 1); y <= Math.min(bottom, grid.y + grid.rows - 1); y += 1) {
    // Columns where `side` lies between low and high; the whole box where the line is level.
    let [first, last] = [left, right];
    if (dy !== 0) {
      const atLow = ax + (dx * (y - ay) - low) / dy;
      const atHigh = ax + (dx * (y - ay) - high) / dy;
      first = Math.max(left, Math.ceil(Math.min(atLow, atHigh) - 1e-9));
      last = Math.min(right, Math.floor(Math.max(atLow, atHigh) + 1e-9));
    }
    for (let x = first; x <= last; x += 1) {
      if (!isCorner(grid, x, y)) continue;
      others += 1;
      found.push(x, y);
    }
  }
  if (others <= 0) return true;
  let inside = 0;
  for (let i = 0; i < found.length; i += 2)
    if (isSwept(stretch, found[i] as number, found[i + 1] as number)) inside += 1;
  return inside <= own;
}

/** Whether a point lies inside or on the closed line of a stretch and the line back. */
function isSwept({ xs, ys, from, to }: Stretch, x: number, y: number): boolean {
  let odd = false;
  let [px, py] = [xs[to] as number, ys[to] as number];
  for (let i = from; i <= to; i += 1) {
    const [qx, qy] = [xs[i] as number, ys[i] as number];
    const side = (qx - px) * (y - py) - (qy - py) * (x - px);
    if (
      side === 0 &&
      x >= Math.min(px, qx) &&
      x <= Math.max(px, qx) &&
      y >= Math.min(py, qy) &&
      y <= Math.max(py, qy)
    )
      return true;
    if (py > y !== qy > y && side > 0 === qy > py) odd = !odd;
    [px, py] = [qx, qy];
  }
  return odd;
}
