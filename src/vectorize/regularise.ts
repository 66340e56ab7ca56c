import {
  KEPT_RAW,
  NOT_ASKED,
  REGULARISED,
  type ObjectBatchBuilder,
  type ObjectPolygons,
} from './object-batch.ts';
import type { ObjectSums } from './object-sums.ts';
import { overlapShare } from './overlap-share.ts';
import { dominantDirection, regularRing } from './regular-ring.ts';
import { ringArea, type Ring } from './ring.ts';
import { areSimple } from './simple-rings.ts';

export interface RegulariseRule {
  /** Metres along a pixel's column and row step. */
  readonly columnMetres: number;
  readonly rowMetres: number;
  /** Least intersection over union with the outline it replaces. */
  readonly minIou: number;
}

/** Steps of an outline below this many pixels are those of the pixels, and evened out. */
const STEP_PIXELS = 2;

/** Objects below this many square pixels have no shape to speak of. */
const LEAST_PIXELS = 16;

/**
 * An object with straight walls and right angles along its dominant direction, where its outline supports them; its own
 * outline where the new one would be no simple polygon, or overlap it by less than the rule asks for.
 */
export function regularise(
  polygons: ObjectPolygons,
  rule: RegulariseRule,
): { polygons: ObjectPolygons; outcome: number } {
  const kept = { polygons, outcome: KEPT_RAW };
  const area = polygons.reduce((sum, [outer]) => sum + (outer?.area ?? 0), 0);
  if (area < LEAST_PIXELS) return kept;
  const tolerance = STEP_PIXELS * Math.sqrt(rule.columnMetres * rule.rowMetres);
  const outers = polygons.flatMap(([outer]) => (outer === undefined ? [] : [toGround(outer, rule)]));
  const direction = dominantDirection(outers, tolerance);
  const regular: Ring[][] = [];
  for (const rings of polygons) {
    const own: Ring[] = [];
    for (const ring of rings) {
      const made = regularRing(toGround(ring, rule), direction, tolerance);
      if (made === null) return kept;
      const points = toPixels(made, rule);
      const turned = { points, area: ringArea(points) };
      if (turned.area * ring.area <= 0) return kept;
      own.push(turned);
    }
    regular.push(own);
  }
  const all = regular.flatMap((rings) => rings.map(({ points }) => Float64Array.from(points)));
  if (!areSimple(all) || overlapShare(polygons, regular) < rule.minIou) return kept;
  return { polygons: regular, outcome: REGULARISED };
}

function toGround({ points }: Ring, { columnMetres, rowMetres }: RegulariseRule): Float64Array {
  const out = Float64Array.from(points);
  for (let i = 0; i < out.length; i += 2) {
    out[i] = (out[i] as number) * columnMetres;
    out[i + 1] = (out[i + 1] as number) * rowMetres;
  }
  return out;
}

function toPixels(ring: Float64Array, { columnMetres, rowMetres }: RegulariseRule): Float64Array {
  const out = ring.slice();
  for (let i = 0; i < out.length; i += 2) {
    out[i] = (out[i] as number) / columnMetres;
    out[i + 1] = (out[i + 1] as number) / rowMetres;
  }
  return out;
}

/** Puts an object into a batch, made regular where that is asked. */
export function addObject(
  builder: ObjectBatchBuilder,
  [sums, polygons]: readonly [ObjectSums, ObjectPolygons],
  rule: RegulariseRule | null,
): void {
  const shaped = rule === null ? { polygons, outcome: NOT_ASKED } : regularise(polygons, rule);
  builder.add(sums, shaped.polygons, shaped.outcome);
}
