import { applyAffine, type Affine } from '../geo/affine.ts';
import type { LonLat } from '../geo/ground-distance.ts';
import { polygonsToWkb } from '../geo/polygon-wkb.ts';
import { cornersOfWindow, type Window } from '../geo/window.ts';
import {
  flatPolygons,
  geographicPolygons,
  type Footprint,
  type FootprintGeometry,
} from '../raster/geographic-polygons.ts';

/**
 * The outline of a chip on the ground, in WGS 84 degrees, longitude first: a polygon, or two where it crosses the
 * antimeridian. `toLonLat` maps the scene's CRS to degrees.
 */
export function chipFootprint(
  window: Window,
  transform: Affine,
  toLonLat: (x: number, y: number) => LonLat,
): Footprint {
  return geographicPolygons([
    [cornersOfWindow(window).map(([column, row]) => toLonLat(...applyAffine(transform, column, row)))],
  ]);
}

/** An outline as well-known binary, little-endian. */
export const footprintWkb = (geometry: FootprintGeometry): Uint8Array =>
  polygonsToWkb(flatPolygons(geometry));

const POLYGON = 3;

/** The outline that `footprintWkb` wrote. */
export function footprintOfWkb(wkb: Uint8Array): FootprintGeometry {
  const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength);
  let at = 0;
  const count = () => view.getUint32((at += 4) - 4, true);
  const degrees = () => view.getFloat64((at += 8) - 8, true);
  const many = <T>(one: () => T): T[] => Array.from({ length: count() }, one);
  const polygon = () => {
    at += 5;
    return many(() => many(() => [degrees(), degrees()]));
  };
  if (view.getUint32(1, true) === POLYGON) return { type: 'Polygon', coordinates: polygon() };
  at = 5;
  return { type: 'MultiPolygon', coordinates: many(polygon) };
}

/** Whether a point lies in an outline (even-odd rule; points on the edge may count either way). */
export function footprintHolds({ type, coordinates }: FootprintGeometry, point: LonLat): boolean {
  const rings = type === 'Polygon' ? coordinates : coordinates.flat();
  return rings.filter((ring) => ringHolds(ring, point)).length % 2 === 1;
}

function ringHolds(ring: readonly (readonly number[])[], [lon, lat]: LonLat): boolean {
  let inside = false;
  ring.forEach(([x1 = 0, y1 = 0], i) => {
    const [x2 = 0, y2 = 0] = ring[(i + 1) % ring.length] ?? [];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
