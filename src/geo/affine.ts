/**
 * GDAL's geotransform: x = a[0] + col*a[1] + row*a[2]; y = a[3] + col*a[4] + row*a[5].
 * (col, row) = (0, 0) is the outer corner of the first pixel; the units are those of the CRS.
 */
export type Affine = readonly [number, number, number, number, number, number];

export type Point = readonly [x: number, y: number];

export const applyAffine = (a: Affine, col: number, row: number): Point => [
  a[0] + col * a[1] + row * a[2],
  a[3] + col * a[4] + row * a[5],
];

/** The inverse map, from CRS coordinates to (col, row). Throws RangeError for a degenerate transform. */
export function invertAffine(a: Affine): Affine {
  const det = a[1] * a[5] - a[2] * a[4];
  if (!(Math.abs(det) > 0)) throw new RangeError('degenerate affine transform');
  const [i1, i2, i4, i5] = [a[5] / det, -a[2] / det, -a[4] / det, a[1] / det];
  return [-(i1 * a[0] + i2 * a[3]), i1, i2, -(i4 * a[0] + i5 * a[3]), i4, i5];
}

/** The transform of a grid whose pixels are `scaleX` by `scaleY` of the old pixels, same origin. */
export const scaleAffine = (a: Affine, scaleX: number, scaleY: number): Affine => [
  a[0],
  a[1] * scaleX,
  a[2] * scaleY,
  a[3],
  a[4] * scaleX,
  a[5] * scaleY,
];
