import { applyAffine, type Affine } from '../geo/affine.ts';
import type { LonLat } from '../geo/ground-distance.ts';
import type { Window } from '../geo/window.ts';

/** Corners in WGS 84 degrees, longitude first, anticlockwise on a north-up grid, the first one again at the end. */
export type Ring = readonly LonLat[];

/** The outline of a chip on the ground. `toLonLat` maps the scene's CRS to degrees. */
export function chipRing(
  { x, y, width, height }: Window,
  transform: Affine,
  toLonLat: (x: number, y: number) => LonLat,
): Ring {
  const corners = [
    [x, y],
    [x, y + height],
    [x + width, y + height],
    [x + width, y],
    [x, y],
  ] as const;
  return corners.map(([column, row]) => toLonLat(...applyAffine(transform, column, row)));
}

/** West, south, east, north of a ring. */
export function ringBounds(ring: Ring): [number, number, number, number] {
  const [lons, lats] = [ring.map(([lon]) => lon), ring.map(([, lat]) => lat)];
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** A polygon of one ring as well-known binary, little-endian. */
export function polygonWkb(ring: Ring): Uint8Array {
  const bytes = Buffer.alloc(13 + 16 * ring.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(3, 1);
  bytes.writeUInt32LE(1, 5);
  bytes.writeUInt32LE(ring.length, 9);
  ring.forEach(([lon, lat], i) => {
    bytes.writeDoubleLE(lon, 13 + 16 * i);
    bytes.writeDoubleLE(lat, 21 + 16 * i);
  });
  return bytes;
}

/** The ring of a polygon that `polygonWkb` wrote. */
export function ringOfWkb(wkb: Uint8Array): Ring {
  const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength);
  return Array.from({ length: view.getUint32(9, true) }, (_, i) => [
    view.getFloat64(13 + 16 * i, true),
    view.getFloat64(21 + 16 * i, true),
  ]);
}

/** Whether a point lies in a ring (even-odd rule; points on the edge may count either way). */
export function ringContains(ring: Ring, [lon, lat]: LonLat): boolean {
  let inside = false;
  ring.forEach(([x1, y1], i) => {
    const [x2, y2] = ring[(i + 1) % ring.length] ?? [x1, y1];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
