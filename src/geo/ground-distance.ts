import { applyAffine, type Affine } from './affine.ts';

/** WGS 84: equatorial radius in metres, and first eccentricity squared. */
const A = 6378137;
const E2 = 0.00669437999014;

export type LonLat = readonly [lon: number, lat: number];

/**
 * Metres on the WGS 84 ellipsoid between two near points (degrees), by the metric at their middle latitude: right to
 * a millionth for points up to some kilometres apart. Longitudes are compared across the antimeridian.
 */
export function groundDistance(a: LonLat, b: LonLat): number {
  const rad = Math.PI / 180;
  const latitude = ((a[1] + b[1]) / 2) * rad;
  const w = 1 - E2 * Math.sin(latitude) ** 2;
  const meridian = (A * (1 - E2)) / w ** 1.5;
  const normal = A / Math.sqrt(w);
  const dLon = ((((b[0] - a[0] + 540) % 360) + 360) % 360) - 180;
  const north = (b[1] - a[1]) * rad * meridian;
  const east = dLon * rad * normal * Math.cos(latitude);
  return Math.hypot(north, east);
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
