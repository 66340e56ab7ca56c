import type { ObjectPolygons } from './object-batch.ts';
import type { RingPoints } from './ring.ts';

/** Lines a pixel along which overlap is measured. */
const LINES = 4;

type Rings = readonly RingPoints[];

const ringsOf = (polygons: ObjectPolygons): Rings =>
  polygons.flatMap((rings) => rings.map(({ points }) => points));

/**
 * Intersection over union of two sets of polygons, in pixels: exact along rows, by four lines a pixel across. Points are
 * inside where a line crosses an odd number of edges before them.
 */
export function overlapShare(a: ObjectPolygons, b: ObjectPolygons): number {
  const [ringsA, ringsB] = [ringsOf(a), ringsOf(b)];
  let [top, bottom] = [Infinity, -Infinity];
  for (const ring of [...ringsA, ...ringsB]) {
    for (let i = 1; i < ring.length; i += 2) {
      top = Math.min(top, ring[i] as number);
      bottom = Math.max(bottom, ring[i] as number);
    }
  }
  const lines = Math.ceil((bottom - top) * LINES);
  const [crossA, crossB] = [crossings(ringsA, top, lines), crossings(ringsB, top, lines)];
  let [both, either] = [0, 0];
  for (let line = 0; line < lines; line += 1) {
    const [inA, inB] = [crossA[line] ?? [], crossB[line] ?? []];
    const common = commonLength(inA, inB);
    both += common;
    either += lengthOf(inA) + lengthOf(inB) - common;
  }
  return either === 0 ? 0 : both / either;
}

/** Where each line crosses the rings, from left to right. */
function crossings(rings: Rings, top: number, lines: number): number[][] {
  const found: number[][] = Array.from({ length: lines }, () => []);
  for (const ring of rings) {
    let [x, y] = [ring.at(-2) ?? 0, ring.at(-1) ?? 0];
    for (let i = 0; i < ring.length; i += 2) {
      const [nextX, nextY] = [ring[i] as number, ring[i + 1] as number];
      const [low, high] = [Math.min(y, nextY), Math.max(y, nextY)];
      // Line k lies at top + (k + 0.5) / LINES.
      for (let k = Math.ceil((low - top) * LINES - 0.5); k < (high - top) * LINES - 0.5; k += 1) {
        const at = top + (k + 0.5) / LINES;
        found[k]?.push(x + ((at - y) / (nextY - y)) * (nextX - x));
      }
      [x, y] = [nextX, nextY];
    }
  }
  for (const line of found) line.sort((p, q) => p - q);
  return found;
}

function lengthOf(line: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < line.length; i += 2) sum += (line[i + 1] as number) - (line[i] as number);
  return sum;
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let [sum, i, j] = [0, 0, 0];
  while (i + 1 < a.length && j + 1 < b.length) {
    const end = Math.min(a[i + 1] as number, b[j + 1] as number);
    sum += Math.max(0, end - Math.max(a[i] as number, b[j] as number));
    if (a[i + 1] === end) i += 2;
    else j += 2;
  }
  return sum;
}
