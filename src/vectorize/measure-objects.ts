import type { Affine } from '../geo/affine.ts';
import { ringGroundArea, ringGroundLength } from '../geo/ground-rings.ts';
import type { PointTransform } from '../raster/transform-points.ts';
import { SUM_COLUMNS, type ObjectBatch } from './object-batch.ts';
import { objectId } from './object-id.ts';
import type { MappedObject } from './schema.ts';

/** What a scene's objects have in common. */
export interface SceneFrame {
  readonly scene: string;
  readonly run: string;
  /** Digest of scene, layer and grid. */
  readonly digest: string;
  /** From pixels to the map's CRS. */
  readonly transform: Affine;
  /** From the map's CRS to degrees, and to the CRS that is written. */
  readonly toLonLat: PointTransform;
  readonly toOutput: PointTransform;
  /** Longest piece of an edge that is measured at once, in pixels. */
  readonly piecePixels: number;
  readonly names: ReadonlyMap<number, string>;
  /** Stored confidence * scale = probability; null where there is none. */
  readonly confidenceScale: number | null;
  /** Value of the bucket layer where there is no bucket; null where there is no layer. */
  readonly noBucket: number | null;
  readonly hasSeams: boolean;
  readonly minAreaM2: number;
  readonly minHoleM2: number;
}

/** Metres of an edge that are measured at once: beyond it an edge of the map is cut, so that it stays on the map's line. */
export const PIECE_METRES = 250;

interface RingMeasure {
  readonly area: number;
  readonly length: number;
}

/**
 * Measures the objects of a batch on the ground, fills holes and leaves out objects that are too small, and gives them in
 * the CRS that is written.
 */
export function* measureObjects(batch: ObjectBatch, frame: SceneFrame): Generator<MappedObject> {
  const crs = toCrs(batch.points, frame.transform);
  const measures = measureRings(batch, crs, frame);
  const output = frame.toOutput(crs);
  const flipped = frame.transform[1] * frame.transform[5] - frame.transform[2] * frame.transform[4] > 0;
  const column = (object: number, name: (typeof SUM_COLUMNS)[number]) =>
    batch.sums[object * SUM_COLUMNS.length + SUM_COLUMNS.indexOf(name)] as number;
  let [polygon, ring] = [0, 0];
  for (let object = 0; object < batch.count; object += 1) {
    const polygons: Float64Array[][] = [];
    let [area, length] = [0, 0];
    for (; polygon < (batch.polygonEnds[object] as number); polygon += 1) {
      const rings: Float64Array[] = [];
      for (const first = ring; ring < (batch.ringEnds[polygon] as number); ring += 1) {
        const measure = measures[ring] as RingMeasure;
        const isHole = ring > first;
        if (isHole && measure.area < frame.minHoleM2) continue;
        area += isHole ? -measure.area : measure.area;
        length += measure.length;
        rings.push(ringOf(batch, output, { ring, flipped }));
      }
      polygons.push(rings);
    }
    if (area < frame.minAreaM2) continue;
    yield { ...attributes(column, object, frame), areaM2: area, perimeterM: length, polygons };
  }
}

function attributes(
  column: (object: number, name: (typeof SUM_COLUMNS)[number]) => number,
  object: number,
  frame: SceneFrame,
): Omit<MappedObject, 'areaM2' | 'perimeterM' | 'polygons'> {
  const [value, pixels, bucket] = [
    column(object, 'value'),
    column(object, 'pixels'),
    column(object, 'bucket'),
  ];
  return {
    id: objectId({
      frame: frame.digest,
      value,
      pixels,
      firstX: column(object, 'firstX'),
      firstY: column(object, 'firstY'),
      hashA: column(object, 'hashA'),
      hashB: column(object, 'hashB'),
    }),
    value,
    name: frame.names.get(value) ?? String(value),
    pixels,
    confidence:
      frame.confidenceScale === null ? null : (column(object, 'confidence') / pixels) * frame.confidenceScale,
    bucket: frame.noBucket === null || bucket === frame.noBucket ? null : bucket,
    seamShare: frame.hasSeams ? column(object, 'seam') / pixels : null,
    scene: frame.scene,
    run: frame.run,
    outcome: column(object, 'regularised'),
  };
}

function ringOf(
  { pointEnds }: ObjectBatch,
  output: Float64Array,
  { ring, flipped }: { ring: number; flipped: boolean },
): Float64Array {
  const from = ring === 0 ? 0 : (pointEnds[ring - 1] as number);
  const points = output.subarray(2 * from, 2 * (pointEnds[ring] as number));
  if (!flipped) return points;
  const back = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    back[i] = points[points.length - 2 - i] as number;
    back[i + 1] = points[points.length - 1 - i] as number;
  }
  return back;
}

/** Area and length of every ring; `crs`: its points in the map's CRS. */
function measureRings(batch: ObjectBatch, crs: Float64Array, frame: SceneFrame): RingMeasure[] {
  const { points, ends } = inPieces(crs, batch, frame.piecePixels);
  const lonLat = frame.toLonLat(points);
  return Array.from(ends, (end, ring) => {
    const own = lonLat.subarray(ring === 0 ? 0 : 2 * (ends[ring - 1] as number), 2 * end);
    return { area: Math.abs(ringGroundArea(own)), length: ringGroundLength(own) };
  });
}

/** Rings with long edges in pieces, so that these follow the map's straight lines; where each ring ends, in points. */
function inPieces(
  crs: Float64Array,
  { points, pointEnds }: ObjectBatch,
  longest: number,
): { points: Float64Array; ends: Int32Array } {
  const cuts = new Int32Array(points.length / 2);
  let more = 0;
  eachEdge(pointEnds, (from, to) => {
    const across = Math.abs((points[2 * to] as number) - (points[2 * from] as number));
    const down = Math.abs((points[2 * to + 1] as number) - (points[2 * from + 1] as number));
    if (across <= longest && down <= longest) return;
    cuts[from] = Math.ceil(Math.max(across, down) / longest) - 1;
    more += cuts[from];
  });
  if (more === 0) return { points: crs, ends: pointEnds };
  const out = new Float64Array(crs.length + 2 * more);
  const ends = new Int32Array(pointEnds.length);
  let [filled, ring] = [0, 0];
  eachEdge(pointEnds, (from, to) => {
    const [x, y] = [crs[2 * from] as number, crs[2 * from + 1] as number];
    const count = (cuts[from] as number) + 1;
    for (let k = 0; k < count; k += 1) {
      out[2 * filled] = x + (((crs[2 * to] as number) - x) * k) / count;
      out[2 * filled + 1] = y + (((crs[2 * to + 1] as number) - y) * k) / count;
      filled += 1;
    }
    if (from + 1 !== pointEnds[ring]) return;
    ends[ring] = filled;
    ring += 1;
  });
  return { points: out, ends };
}

/** Every edge of every ring by the numbers of its points, in turn. */
function eachEdge(pointEnds: Int32Array, visit: (from: number, to: number) => void): void {
  let first = 0;
  for (const end of pointEnds) {
    for (let at = first; at < end; at += 1) visit(at, at + 1 < end ? at + 1 : first);
    first = end;
  }
}

function toCrs(points: Float64Array, [a0, a1, a2, a3, a4, a5]: Affine): Float64Array {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    out[i] = a0 + x * a1 + y * a2;
    out[i + 1] = a3 + x * a4 + y * a5;
  }
  return out;
}
