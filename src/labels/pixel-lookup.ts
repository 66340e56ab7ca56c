import { applyAffine, invertAffine, type Affine, type Point } from '../geo/affine.ts';

/** From grid pixel coordinates (column, row; fractions inside pixels) to pixel coordinates of another raster. */
export type PixelLookup = (col: number, row: number) => Point;

/** Nodes of the lattice lie this many grid pixels apart. */
const STEP = 32;
const NOWHERE: Point = [NaN, NaN];

/** Both rasters in one CRS: an affine map. */
export function affineLookup(grid: Affine, other: Affine): PixelLookup {
  const inverse = invertAffine(other);
  return (col, row) => {
    const [x, y] = applyAffine(grid, col, row);
    return applyAffine(inverse, x, y);
  };
}

/**
 * Rasters in different CRSs: exact at the nodes of a lattice fixed to the grid, bilinear between them. A pixel's answer
 * is a function of the pixel alone, never of the window, and off by thousandths of a pixel.
 * Points that `transform` cannot map give NaN.
 */
export function latticeLookup(
  grid: Affine,
  other: Affine,
  transform: (x: number, y: number) => { x: number; y: number },
): PixelLookup {
  const inverse = invertAffine(other);
  const nodes = new Map<string, Point>();
  const node = (i: number, j: number): Point => {
    const key = `${i} ${j}`;
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const found = exact(i * STEP, j * STEP);
    nodes.set(key, found);
    return found;
  };
  const exact = (col: number, row: number): Point => {
    const [x, y] = applyAffine(grid, col, row);
    try {
      const point = transform(x, y);
      return applyAffine(inverse, point.x, point.y);
    } catch {
      return [NaN, NaN];
    }
  };
  let cell = { i: NaN, j: NaN, corners: [] as Point[] };
  return (col, row) => {
    const [i, j] = [Math.floor(col / STEP), Math.floor(row / STEP)];
    const [u, v] = [col / STEP - i, row / STEP - j];
    if (cell.i !== i || cell.j !== j) {
      cell = { i, j, corners: [node(i, j), node(i + 1, j), node(i, j + 1), node(i + 1, j + 1)] };
    }
    const [a = NOWHERE, b = NOWHERE, c = NOWHERE, d = NOWHERE] = cell.corners;
    const mix = (k: 0 | 1) => (1 - v) * ((1 - u) * a[k] + u * b[k]) + v * ((1 - u) * c[k] + u * d[k]);
    return [mix(0), mix(1)];
  };
}
