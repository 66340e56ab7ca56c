import { applyAffine, type Affine } from './affine.ts';

/** WGS 84: equatorial radius in metres, and first eccentricity squared. */
const A = 6378137;
const E2 = 0.00669437999014;

export type LonLat = readonly [lon: number, lat: number];

/**
 * Metres between two near points on the WGS 84 ellipsoid (degrees): the chord, shorter than the ground by a millionth at
 * some 30 kilometres. The same across the antimeridian and about the poles.
 */
export function groundDistance(a: LonLat, b: LonLat): number {
  const [from, to] = [geocentric(a), geocentric(b)];
  return Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
}

/** Metres from the earth's centre along the axes, of a point on the ellipsoid. */
export function geocentric([lon, lat]: LonLat): readonly [x: number, y: number, z: number] {
  const rad = Math.PI / 180;
  const [sin, cos] = [Math.sin(lat * rad), Math.cos(lat * rad)];
  const normal = A / Math.sqrt(1 - E2 * sin ** 2);
  return [normal * cos * Math.cos(lon * rad), normal * cos * Math.sin(lon * rad), normal * (1 - E2) * sin];
}

/**
 * Metres on the ground along one pixel step in columns and in rows, at a raster's centre. `toLonLat` maps CRS
 * coordinates (x, y) to degrees. A Web Mercator pixel comes out smaller than its nominal size by about cos(latitude).
 */
export function groundSampleDistance(
  raster: { width: number; height: number; transform: Affine },
  toLonLat: (x: number, y: number) => LonLat,
): { columns: number; rows: number } {
  const at = (col: number, row: number) => toLonLat(...applyAffine(raster.transform, col, row));
  const [col, row] = [raster.width / 2, raster.height / 2];
  // Some pixels apart, so that the differences of degrees keep their digits.
  const stepX = Math.min(16, raster.width) / 2;
  const stepY = Math.min(16, raster.height) / 2;
  return {
    columns: groundDistance(at(col - stepX, row), at(col + stepX, row)) / (2 * stepX),
    rows: groundDistance(at(col, row - stepY), at(col, row + stepY)) / (2 * stepY),
  };
}
