import { gdal } from '../raster/gdal.ts';
import { polygonsToWkb, type Polygons } from './wkb.ts';

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

function cutPolygon(rings: readonly Float64Array[]): Float64Array[][] {
  // East of the antimeridian longitudes go on beyond 180.
  const unrolled = rings.map((ring) =>
    ring.map((value, i) => (i % 2 === 0 && value < 0 ? value + 360 : value)),
  );
  const whole = gdal.Geometry.fromWKB(Buffer.from(polygonsToWkb([unrolled])));
  const half = (from: number, shift: number) => {
    const box = gdal.Geometry.fromWKT(
      `POLYGON((${from} -90,${from + 180} -90,${from + 180} 90,${from} 90,${from} -90))`,
    );
    return ringsOf(whole.intersection(box)).map((polygon) =>
      polygon.map((ring) => ring.map((value, i) => (i % 2 === 0 ? value + shift : value))),
    );
  };
  return [...half(0, 0), ...half(180, -360)];
}

function ringsOf(geometry: InstanceType<typeof gdal.Geometry> | null): Float64Array[][] {
  if (geometry instanceof gdal.GeometryCollection) return geometry.children.map(ringsOf).flat();
  if (!(geometry instanceof gdal.Polygon)) return [];
  return [
    geometry.rings.map((ring, index) => {
      const points = ring.points.toArray().slice(0, -1);
      const flat = Float64Array.from(points.flatMap(({ x, y }) => [x, y]));
      // GDAL's outer rings turn right, its holes left.
      return leftTurning(flat) === (index === 0) ? flat : reversed(flat);
    }),
  ];
}

function leftTurning(ring: Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    sum += (ring[i] ?? 0) * (ring[next + 1] ?? 0) - (ring[next] ?? 0) * (ring[i + 1] ?? 0);
  }
  return sum > 0;
}

function reversed(ring: Float64Array): Float64Array {
  const points: number[] = [];
  for (let i = ring.length - 2; i >= 0; i -= 2) points.push(ring[i] ?? 0, ring[i + 1] ?? 0);
  return Float64Array.from(points);
}
