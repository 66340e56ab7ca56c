import type { RowStrip } from './plan-strips.ts';

/** Where chips meet: edges of cores lie at multiples of `corePixels`; the zone reaches `reachPixels` to both sides. */
export interface SeamRule {
  readonly corePixels: number;
  readonly reachPixels: number;
}

/** Reach where chips do not blend: pixels on both sides of an edge that a step of the map would show in. */
export const UNBLENDED_REACH = 2;

/** Which pixels lie in a seam zone, as sums over columns, and rows. */
export interface SeamZone {
  /** [x]: columns of the zone among the first x. */
  readonly columnSums: Int32Array;
  /** By row of the strip: 1 where all of it lies in the zone. */
  readonly rows: Uint8Array;
}

/** The seam zone of a strip of a raster of `width` columns and `height` rows. The raster's own edges are no seams. */
export function seamZone(rule: SeamRule, width: number, height: number, strip: RowStrip): SeamZone {
  const inZone = (at: number, size: number) => {
    const edge = Math.round((at + 0.5) / rule.corePixels) * rule.corePixels;
    return edge > 0 && edge < size && at >= edge - rule.reachPixels && at < edge + rule.reachPixels;
  };
  const columnSums = new Int32Array(width + 1);
  for (let x = 0; x < width; x += 1) columnSums[x + 1] = (columnSums[x] ?? 0) + (inZone(x, width) ? 1 : 0);
  const rows = Uint8Array.from({ length: strip.rows }, (_, row) => (inZone(strip.y + row, height) ? 1 : 0));
  return { columnSums, rows };
}
