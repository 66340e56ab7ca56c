import { geocentric } from './ground-distance.ts';

/** WGS 84: equatorial radius in metres, and first eccentricity. */
const A = 6378137;
const E = 0.0818191908426215;
const RAD = Math.PI / 180;

/**
 * Signed area on the WGS 84 ellipsoid, square metres, of a ring of degrees (longitude, latitude in turn, the first point
 * not repeated): positive counter-clockwise. Exact for edges that are straight on an equal-area cylinder: edges of some
 * hundred metres differ from geodesics by less than a hundred-thousandth. The antimeridian is nothing special; rings about a pole come out
 * wrong.
 */
export function ringGroundArea(lonLat: Float64Array): number {
  const start = heightOnCylinder(lonLat[1] ?? 0);
  let sum = 0;
  let lon = lonLat.at(-2) ?? 0;
  let q = heightOnCylinder(lonLat.at(-1) ?? 0) - start;
  for (let at = 0; at < lonLat.length; at += 2) {
    const nextLon = lonLat[at] as number;
    const nextQ = heightOnCylinder(lonLat[at + 1] as number) - start;
    let step = nextLon - lon;
    if (step > 180) step -= 360;
    else if (step < -180) step += 360;
    sum -= step * (q + nextQ);
    [lon, q] = [nextLon, nextQ];
  }
  return (sum * RAD * A * A) / 4;
}

/** q of Snyder, Map Projections (1987), equation 3-12: a zone between two latitudes has area A * A / 2 * dq a radian. */
function heightOnCylinder(latitude: number): number {
  const sin = Math.sin(latitude * RAD);
  const es = E * sin;
  return (1 - E * E) * (sin / (1 - es * es) + Math.atanh(es) / E);
}

/** Metres round a ring of degrees on the ground, by chords. */
export function ringGroundLength(lonLat: Float64Array): number {
  let sum = 0;
  let [x, y, z] = geocentric([lonLat.at(-2) ?? 0, lonLat.at(-1) ?? 0]);
  for (let at = 0; at < lonLat.length; at += 2) {
    const [nextX, nextY, nextZ] = geocentric([lonLat[at] as number, lonLat[at + 1] as number]);
    sum += Math.sqrt((nextX - x) ** 2 + (nextY - y) ** 2 + (nextZ - z) ** 2);
    [x, y, z] = [nextX, nextY, nextZ];
  }
  return sum;
}
