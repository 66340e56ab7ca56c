import type { LonLat } from './ground-distance.ts';

/** West, south, east, north in degrees; west is greater than east where the box crosses the antimeridian (RFC 7946, 5.2). */
export type LonLatBox = readonly number[];

/** The whole turns, in degrees, that bring a longitude nearest to another. */
export const turnsTowards = (lon: number, other: number): number => 360 * Math.round((other - lon) / 360);

/** A box whose east is no smaller than its west. */
function unrolled([west = 0, south = 0, east = 0, north = 0]: LonLatBox) {
  return { west, south, east: east < west ? east + 360 : east, north };
}

/** Whether two boxes share more than an edge, round the earth. */
export function boxesMeet(first: LonLatBox, second: LonLatBox): boolean {
  const [a, b] = [unrolled(first), unrolled(second)];
  if (a.south >= b.north || b.south >= a.north) return false;
  return [-360, 0, 360].some((turn) => a.west < b.east + turn && b.west + turn < a.east);
}

/** Whether a point lies in a box or on its edge, round the earth. */
export function boxHolds(box: LonLatBox, [lon, lat]: LonLat): boolean {
  const { west, south, east, north } = unrolled(box);
  if (!(lat >= south && lat <= north)) return false;
  return [-360, 0, 360].some((turn) => lon + turn >= west && lon + turn <= east);
}

/** The middle of a box; its longitude may lie beyond 180. */
export function boxCentre(box: LonLatBox): LonLat {
  const { west, south, east, north } = unrolled(box);
  return [(west + east) / 2, (south + north) / 2];
}
