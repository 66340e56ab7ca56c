import type { Window } from '../geo/window.ts';

/** A polygon's rings, holes among them, each x0,y0,x1,y1,... in grid pixels; filled by the even-odd rule. */
export type Rings = readonly Float64Array[];

/** Bounding box in grid pixels. */
export interface PixelBox {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

export function boxOf(rings: Rings): PixelBox {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const [x = NaN, y = NaN] = [ring[i], ring[i + 1]];
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
  }
  return { minX, minY, maxX, maxY };
}

export const boxMeetsWindow = (box: PixelBox, w: Window): boolean =>
  box.maxX > w.x && box.minX < w.x + w.width && box.maxY > w.y && box.minY < w.y + w.height;

/**
 * Sets the pixels of a window (row-major, `window.height` by `window.width`) whose centres lie inside the rings.
 * Crossings are computed in grid coordinates with every edge taken from its upper end, so a pixel's value does not
 * depend on the window, and polygons that share an edge neither overlap nor leave a gap: a centre on an edge belongs
 * to the polygon on its right (below, for level edges). GDAL's rasteriser shifts coordinates with the target's origin;
 * it serves as the oracle in the tests.
 */
export function fillPolygon(
  target: Uint8Array | Uint32Array,
  window: Window,
  rings: Rings,
  value: number,
): void {
  const box = boxOf(rings);
  const firstRow = Math.max(window.y, Math.floor(box.minY - 0.5));
  const lastRow = Math.min(window.y + window.height - 1, Math.ceil(box.maxY));
  if (lastRow < firstRow) return;
  const crossings = Array.from({ length: lastRow - firstRow + 1 }, (): number[] => []);
  for (const ring of rings) addCrossings(ring, crossings, firstRow);
  crossings.forEach((xs, i) => {
    xs.sort((a, b) => a - b);
    const start = (firstRow + i - window.y) * window.width;
    for (let k = 0; k + 1 < xs.length; k += 2) {
      const from = Math.max(0, Math.ceil((xs[k] ?? 0) - 0.5) - window.x);
      const to = Math.min(window.width, Math.ceil((xs[k + 1] ?? 0) - 0.5) - window.x);
      if (to > from) target.fill(value, start + from, start + to);
    }
  });
}

/** Adds where a ring's edges cross the centre lines of the rows from `firstRow` on. */
function addCrossings(ring: Float64Array, crossings: number[][], firstRow: number): void {
  const points = ring.length / 2;
  for (let i = 0; i < points; i++) {
    const j = (i + 1) % points;
    let [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = [ring[2 * i], ring[2 * i + 1], ring[2 * j], ring[2 * j + 1]];
    if (y0 === y1) continue;
    if (y0 > y1) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const slope = (x1 - x0) / (y1 - y0);
    // Centre lines y with y0 <= y < y1.
    const from = Math.max(0, Math.ceil(y0 - 0.5) - firstRow);
    const to = Math.min(crossings.length, Math.ceil(y1 - 0.5) - firstRow);
    for (let r = from; r < to; r++) crossings[r]?.push(x0 + (firstRow + r + 0.5 - y0) * slope);
  }
}
