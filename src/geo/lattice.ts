/** Where the pixels of a picture lie in another plane, given at the corners of square cells and linear between them. */
export interface Lattice {
  /** Pixels from one corner to the next; the last corners may lie beyond the picture. */
  readonly step: number;
  /** Corners along x and along y. */
  readonly columns: number;
  readonly rows: number;
  /** (rows, columns); NaN where a corner has no place in the other plane. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
}

export type PointMap = (x: number, y: number) => readonly [x: number, y: number] | null;

const COARSEST = 64;
/** Exact points are dear: a large picture is content with what these show, as a map tile is with one for each pixel. */
const MOST_POINTS = 70_000;

/**
 * Follows a map from a picture's pixel coordinates to another plane by as few exact points as keep the error, looked at in
 * the middle of every edge and cell, below `tolerance` units of that plane. Cells are 64 pixels wide at most, 1 at least.
 * Cells with corners that have no place are looked at again finer. Pure; cost is that of `map` at the corners.
 */
export function fitLattice(
  size: { width: number; height: number },
  map: PointMap,
  tolerance: number,
): Lattice {
  let lattice = sample(size, COARSEST, map);
  while (lattice.step > 1 && pointsOf(size, lattice.step / 2) <= MOST_POINTS) {
    const finer = sample(size, lattice.step / 2, map);
    if (follows(lattice, finer, tolerance)) return lattice;
    lattice = finer;
  }
  return lattice;
}

const pointsOf = ({ width, height }: { width: number; height: number }, step: number): number =>
  (Math.ceil(width / step) + 1) * (Math.ceil(height / step) + 1);

function sample(size: { width: number; height: number }, step: number, map: PointMap): Lattice {
  const columns = Math.ceil(size.width / step) + 1;
  const rows = Math.ceil(size.height / step) + 1;
  const xs = new Float64Array(columns * rows);
  const ys = new Float64Array(columns * rows);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const point = map(column * step, row * step);
      xs[i] = point?.[0] ?? Number.NaN;
      ys[i] = point?.[1] ?? Number.NaN;
    }
  }
  return { step, columns, rows, xs, ys };
}

/** Whether linear steps over the coarse corners meet the fine ones. */
function follows(coarse: Lattice, fine: Lattice, tolerance: number): boolean {
  for (let row = 0; row < fine.rows; row++) {
    for (let column = 0; column < fine.columns; column++) {
      if (row % 2 === 0 && column % 2 === 0) continue;
      const at = row * fine.columns + column;
      const [x, y] = [fine.xs[at] ?? 0, fine.ys[at] ?? 0];
      const offX = Math.abs(middle(coarse, coarse.xs, column, row) - x);
      const offY = Math.abs(middle(coarse, coarse.ys, column, row) - y);
      // Also false where one of them is not a number and the other is.
      if (
        !(offX <= tolerance && offY <= tolerance) &&
        !(Number.isNaN(x) && Number.isNaN(offX) && allLost(coarse, column, row))
      )
        return false;
    }
  }
  return true;
}

/** The coarse lattice at a fine corner: mean of the two or four coarse corners around. */
function middle(coarse: Lattice, values: Float64Array, column: number, row: number): number {
  const [left, right] = [column >> 1, (column + 1) >> 1];
  const [top, bottom] = [row >> 1, (row + 1) >> 1];
  const at = (c: number, r: number) => values[r * coarse.columns + c] ?? Number.NaN;
  return (at(left, top) + at(right, top) + at(left, bottom) + at(right, bottom)) / 4;
}

/** Whether none of the coarse corners around a fine one has a place: nothing is to be seen there. */
function allLost(coarse: Lattice, column: number, row: number): boolean {
  for (const r of [row >> 1, (row + 1) >> 1])
    for (const c of [column >> 1, (column + 1) >> 1])
      if (!Number.isNaN(coarse.xs[r * coarse.columns + c] ?? Number.NaN)) return false;
  return true;
}
