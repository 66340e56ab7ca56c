import { ringCorners } from './ring-corners.ts';
import { TILE_EXTENT } from './mvt-tile.ts';

/** Polygons on the Web Mercator square, 0 to 1 from west to east and from north to south. */
export type WorldPolygons = readonly (readonly Float64Array[])[];

export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** Units that shapes reach beyond their tile, so that outlines along its edge are not drawn. */
const BUFFER = 64;
/** How far outlines may move at zooms below the last, in units of the tile: a fifth of a pixel of 256. */
const TOLERANCE = 3;

const MOST_LATITUDE = 85.051129;

/** Degrees as places on the square. */
export function toWorld(ring: Float64Array): Float64Array {
  const out = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    const latitude = Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, ring[i + 1] as number));
    out[i] = (ring[i] as number) / 360 + 0.5;
    out[i + 1] = 0.5 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / (2 * Math.PI);
  }
  return out;
}

/** The part of polygons that a tile shows, its margin included. */
export function clipToTile(polygons: WorldPolygons, { z, x, y }: TileAddress): WorldPolygons {
  const side = 2 ** -z;
  const margin = (BUFFER / TILE_EXTENT) * side;
  const cut = (ring: Float64Array) => {
    const wide = clipAxis(ring, 0, [x * side - margin, (x + 1) * side + margin]);
    return clipAxis(wide, 1, [y * side - margin, (y + 1) * side + margin]);
  };
  return polygons.flatMap(([outer, ...holes]) => {
    const shell = outer === undefined ? outer : cut(outer);
    if (shell === undefined || shell.length < 6) return [];
    return [[shell, ...holes.map(cut).filter(({ length }) => length >= 6)]];
  });
}

/** Sutherland and Hodgman, 1974, against two parallel lines. */
function clipAxis(ring: Float64Array, axis: 0 | 1, [low, high]: readonly [number, number]): Float64Array {
  let inside = true;
  for (let i = axis; i < ring.length && inside; i += 2)
    inside = (ring[i] as number) >= low && (ring[i] as number) <= high;
  if (inside) return ring;
  return clipLine(clipLine(ring, axis, { limit: low, sign: 1 }), axis, { limit: high, sign: -1 });
}

function clipLine(
  ring: Float64Array,
  axis: 0 | 1,
  { limit, sign }: { limit: number; sign: 1 | -1 },
): Float64Array {
  const out: number[] = [];
  let [x, y] = [ring.at(-2) ?? 0, ring.at(-1) ?? 0];
  const beyond = (px: number, py: number) => sign * ((axis === 0 ? px : py) - limit);
  for (let i = 0; i < ring.length; i += 2) {
    const [nextX, nextY] = [ring[i] as number, ring[i + 1] as number];
    const [before, after] = [beyond(x, y), beyond(nextX, nextY)];
    if (before >= 0 !== after >= 0) {
      const share = before / (before - after);
      out.push(x + share * (nextX - x), y + share * (nextY - y));
    }
    if (after >= 0) out.push(nextX, nextY);
    [x, y] = [nextX, nextY];
  }
  return Float64Array.from(out);
}

/**
 * Rings in tile units, whole numbers, wound as tiles ask for it; generalised unless it is the last zoom. Empty where
 * nothing is left.
 */
export function toTileRings(polygons: WorldPolygons, tile: TileAddress, generalise: boolean): Int32Array[] {
  const rings: Int32Array[] = [];
  for (const [outer, ...holes] of polygons) {
    const shell = outer === undefined ? null : tileRing(outer, tile, generalise);
    if (shell === null) continue;
    rings.push(wound(shell, true));
    for (const hole of holes) {
      const inner = tileRing(hole, tile, generalise);
      if (inner !== null) rings.push(wound(inner, false));
    }
  }
  return rings;
}

function tileRing(ring: Float64Array, { z, x, y }: TileAddress, generalise: boolean): Int32Array | null {
  const scale = TILE_EXTENT * 2 ** z;
  const units = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    units[i] = (ring[i] as number) * scale - x * TILE_EXTENT;
    units[i + 1] = (ring[i + 1] as number) * scale - y * TILE_EXTENT;
  }
  const count = units.length / 2;
  const kept = generalise ? ringCorners(units, TOLERANCE) : Array.from({ length: count }, (_, i) => i);
  const out: number[] = [];
  for (const i of kept) {
    const [px, py] = [Math.round(units[2 * i] as number), Math.round(units[2 * i + 1] as number)];
    if (px !== out.at(-2) || py !== out.at(-1)) out.push(px, py);
  }
  while (out.length > 2 && out[0] === out.at(-2) && out[1] === out.at(-1)) out.length -= 2;
  const made = Int32Array.from(out);
  return made.length < 6 || tileArea(made) === 0 ? null : made;
}

/** Square units; positive where the ring turns right as drawn. */
export function tileArea(ring: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    sum +=
      (ring[i] as number) * (ring[next + 1] as number) - (ring[next] as number) * (ring[i + 1] as number);
  }
  return sum / 2;
}

function wound(ring: Int32Array, outer: boolean): Int32Array {
  if (tileArea(ring) > 0 === outer) return ring;
  const back = new Int32Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    back[i] = ring[ring.length - 2 - i] as number;
    back[i + 1] = ring[ring.length - 1 - i] as number;
  }
  return back;
}
