import type { LonLat } from '../geo/ground-distance.ts';
import type { Polygons } from '../geo/polygon-wkb.ts';
import { flatPolygons, geographicPolygons } from '../raster/geographic-polygons.ts';

/**
 * Polygons of degrees with none across the antimeridian (RFC 7946, section 3.1.9): those that cross it are cut there.
 * Others, nearly all, come back as they are.
 */
export function cutAtAntimeridian(polygons: Polygons): Polygons {
  if (!polygons.some((rings) => rings.some(crosses))) return polygons;
  return polygons.flatMap((rings) => (rings.some(crosses) ? cutPolygon(rings) : [rings]));
}

/** Edges are short: one that spans half the earth crosses the antimeridian. */
function crosses(ring: Float64Array): boolean {
  let before = ring.at(-2) ?? 0;
  for (let i = 0; i < ring.length; i += 2) {
    const lon = ring[i] as number;
    if (Math.abs(lon - before) > 180) return true;
    before = lon;
  }
  return false;
}

function cutPolygon(rings: readonly Float64Array[]): Polygons {
  return flatPolygons(geographicPolygons([rings.map(pointsOf)]).geometry);
}

const pointsOf = (ring: Float64Array): LonLat[] =>
  Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i] as number, ring[2 * i + 1] as number]);
