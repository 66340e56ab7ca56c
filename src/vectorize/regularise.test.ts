import { describe, expect, it } from 'vitest';
import { traceRaster, wktOf } from '../../tests/fixtures/tracing.ts';
import { seededRandom } from '../core/random.ts';
import { gdal } from '../raster/gdal.ts';
import { KEPT_RAW, REGULARISED, type ObjectPolygons } from './object-batch.ts';
import { overlapShare } from './overlap-share.ts';
import { regularise } from './regularise.ts';
import { areSimple } from './simple-rings.ts';

const SIDE = 120;
const RULE = { columnMetres: 0.3, rowMetres: 0.3, minIou: 0.85 };

/** The object of the pixels whose middles are inside a shape that is turned about the raster's middle. */
function traced(degrees: number, inside: (u: number, v: number) => boolean): ObjectPolygons {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) + 0.5 - SIDE / 2, Math.floor(i / SIDE) + 0.5 - SIDE / 2];
    return inside(x * cos + y * sin, y * cos - x * sin) ? 1 : 255;
  });
  const [object] = traceRaster({ pixels, width: SIDE, height: SIDE, connectivity: 4, rows: SIDE });
  return object?.polygons ?? [];
}

/** Angles at the corners of an outer ring, degrees. */
function anglesOf(polygons: ObjectPolygons): number[] {
  const points = polygons[0]?.[0]?.points ?? [];
  const count = points.length / 2;
  const at = (i: number) =>
    [points[2 * ((i + count) % count)] ?? 0, points[2 * ((i + count) % count) + 1] ?? 0] as const;
  return Array.from({ length: count }, (_, i) => {
    const [[px, py], [x, y], [nx, ny]] = [at(i - 1), at(i), at(i + 1)];
    const turn = Math.atan2(ny - y, nx - x) - Math.atan2(y - py, x - px);
    return Math.abs(((turn * 180) / Math.PI + 540) % 360) - 180;
  });
}

const rectangle = (u: number, v: number) => Math.abs(u) < 40 && Math.abs(v) < 22;
const corner = (u: number, v: number) => rectangle(u, v) && !(u > 5 && v > 0);

describe('regular outlines', () => {
  it.each([0, 7, 30, 45, 61, 88])('of a rectangle turned by %i degrees have four right angles', (degrees) => {
    const raw = traced(degrees, rectangle);
    const { polygons, outcome } = regularise(raw, RULE);
    expect(outcome).toBe(REGULARISED);
    const angles = anglesOf(polygons);
    expect(angles).toHaveLength(4);
    for (const angle of angles) expect(Math.abs(angle)).toBeCloseTo(90, 6);
    expect(overlapShare(raw, polygons)).toBeGreaterThan(0.96);
  });

  it.each([12, 33, 70])('of an L turned by %i degrees have six', (degrees) => {
    const { polygons, outcome } = regularise(traced(degrees, corner), RULE);
    expect(outcome).toBe(REGULARISED);
    const angles = anglesOf(polygons);
    expect(angles).toHaveLength(6);
    for (const angle of angles) expect(Math.abs(Math.abs(angle) - 90)).toBeLessThan(1e-6);
  });

  it('keep a courtyard', () => {
    const { polygons, outcome } = regularise(
      traced(25, (u, v) => rectangle(u, v) && !(Math.abs(u) < 15 && Math.abs(v) < 8)),
      RULE,
    );
    expect(outcome).toBe(REGULARISED);
    expect(polygons[0]?.map(({ points }) => points.length / 2)).toEqual([4, 4]);
    expect(gdal.Geometry.fromWKT(wktOf(polygons)).isValid()).toBe(true);
  });

  it('leave a wall oblique that is', () => {
    const { polygons, outcome } = regularise(
      traced(20, (u, v) => rectangle(u, v) && u + v < 40),
      RULE,
    );
    expect(outcome).toBe(REGULARISED);
    expect(anglesOf(polygons).filter((angle) => Math.abs(Math.abs(angle) - 45) < 5)).toHaveLength(2);
  });

  it('stay as they were where the new one would be another shape, or smaller than can be told', () => {
    const raw = traced(30, rectangle);
    expect(regularise(raw, { ...RULE, minIou: 0.999 })).toEqual({ polygons: raw, outcome: KEPT_RAW });
    const tiny = traced(0, (u, v) => Math.abs(u) < 2 && Math.abs(v) < 2);
    expect(regularise(tiny, RULE).outcome).toBe(tiny[0]?.[0]?.area === 16 ? REGULARISED : KEPT_RAW);
    expect(
      regularise(
        traced(0, (u, v) => Math.abs(u) < 1 && Math.abs(v) < 2),
        RULE,
      ).outcome,
    ).toBe(KEPT_RAW);
  });

  it('are valid and overlap what they replace, whatever the outline', () => {
    let made = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(seed);
      const boxes = Array.from(
        { length: 1 + Math.floor(random() * 4) },
        () => [random() * 50 - 25, random() * 50 - 25, 8 + random() * 25, 8 + random() * 25] as const,
      );
      const raw = traced(random() * 90, (u, v) =>
        boxes.some(([x, y, w, h]) => Math.abs(u - x) < w && Math.abs(v - y) < h),
      );
      const { polygons, outcome } = regularise(raw, RULE);
      if (outcome !== REGULARISED) continue;
      made += 1;
      const [a, b] = [gdal.Geometry.fromWKT(wktOf(raw)), gdal.Geometry.fromWKT(wktOf(polygons))];
      expect(b.isValid()).toBe(true);
      const area = (one: InstanceType<typeof gdal.Geometry> | null) =>
        (one as InstanceType<typeof gdal.Polygon>).getArea();
      const iou = area(a.intersection(b)) / area(a.union(b));
      expect(iou).toBeGreaterThan(0.845);
      expect(Math.abs(iou - overlapShare(raw, polygons))).toBeLessThan(0.005);
    }
    expect(made).toBeGreaterThan(50);
  });
});

describe('simple rings', () => {
  it('do not cross, touch or fold back', () => {
    const square = Float64Array.of(0, 0, 10, 0, 10, 10, 0, 10);
    expect(areSimple([square, Float64Array.of(2, 2, 2, 4, 4, 4)])).toBe(true);
    expect(areSimple([square, Float64Array.of(2, 2, 2, 14, 4, 4)])).toBe(false);
    expect(areSimple([Float64Array.of(0, 0, 10, 10, 10, 0, 0, 10)])).toBe(false);
    expect(areSimple([Float64Array.of(0, 0, 10, 0, 5, 0, 5, 5)])).toBe(false);
  });
});
