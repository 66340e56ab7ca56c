import { SADDLE } from './outline-store.ts';

/** A closed line: x, y of each point in turn, the first not repeated; in pixels of the raster, y down. */
export type RingPoints = Int32Array | Float64Array;

/** A ring and the area on its left: positive for an outer ring, negative for a hole. */
export interface Ring {
  readonly points: RingPoints;
  readonly area: number;
}

/** Square pixels on the left of the way round (as seen with y down). */
export function ringArea(points: RingPoints): number {
  let sum = 0;
  let x = points.at(-2) ?? 0;
  let y = points.at(-1) ?? 0;
  for (let at = 0; at < points.length; at += 2) {
    const nextX = points[at] as number;
    const nextY = points[at + 1] as number;
    sum += nextX * y - x * nextY;
    x = nextX;
    y = nextY;
  }
  return sum / 2;
}

/**
 * Cuts a ring where it touches itself, into rings that do not: the outline of a part whose ends meet at a corner becomes
 * an outer ring and a hole that touch there. `flags`: SADDLE at points where it may touch itself.
 */
export function splitAtSaddles(points: Int32Array, flags: Uint8Array): Int32Array[] {
  let saddles = 0;
  for (const flag of flags) saddles += flag & SADDLE;
  if (saddles < 2) return [points];
  const rings: Int32Array[] = [];
  const path: number[] = [];
  const placeOf = new Map<string, number>();
  for (let i = 0; i < flags.length; i += 1) {
    const x = points[2 * i] as number;
    const y = points[2 * i + 1] as number;
    if (((flags[i] as number) & SADDLE) !== 0) {
      const key = `${x},${y}`;
      const before = placeOf.get(key);
      if (before !== undefined) {
        rings.push(Int32Array.from(path.splice(before)));
        for (const [place, at] of placeOf) if (at > before) placeOf.delete(place);
      }
      placeOf.set(key, path.length);
    }
    path.push(x, y);
  }
  rings.push(Int32Array.from(path));
  return rings;
}

/**
 * Takes out points that repeat the one before, and points on a straight line between their neighbours where they are
 * not to be kept.
 */
export function withoutRepeats(
  points: Int32Array,
  flags: Uint8Array,
): { points: Int32Array; flags: Uint8Array } {
  const kept: number[] = [];
  const count = flags.length;
  for (let i = 0; i < count; i += 1) {
    const before = (i + count - 1) % count;
    if (points[2 * i] !== points[2 * before] || points[2 * i + 1] !== points[2 * before + 1]) kept.push(i);
    else flags[i === 0 ? 0 : before] = (flags[i] as number) | (flags[before] as number);
  }
  if (kept.length === count) return { points, flags };
  return {
    points: Int32Array.from(kept.flatMap((i) => [points[2 * i] as number, points[2 * i + 1] as number])),
    flags: Uint8Array.from(kept, (i) => flags[i] as number),
  };
}
