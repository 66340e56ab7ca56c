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
  const measures = measureRings(batch, frame);
  const output = frame.toOutput(toCrs(batch.points, frame.transform));
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

/** Area and length of every ring; long edges in pieces, so that they follow the map's straight lines. */
function measureRings(batch: ObjectBatch, frame: SceneFrame): RingMeasure[] {
  const pieces: number[] = [];
  const ends: number[] = [];
  let point = 0;
  for (const end of batch.pointEnds) {
    const count = end - point;
    for (let i = 0; i < count; i += 1) {
      const at = 2 * (point + i);
      const to = 2 * (point + ((i + 1) % count));
      addPieces(pieces, [batch.points[at] as number, batch.points[at + 1] as number], {
        to: [batch.points[to] as number, batch.points[to + 1] as number],
        longest: frame.piecePixels,
      });
    }
    point = end;
    ends.push(pieces.length);
  }
  const lonLat = frame.toLonLat(toCrs(Float64Array.from(pieces), frame.transform));
  return ends.map((end, ring) => {
    const points = lonLat.subarray(ring === 0 ? 0 : ends[ring - 1], end);
    return { area: Math.abs(ringGroundArea(points)), length: ringGroundLength(points) };
  });
}

/** Adds the start of an edge, and points on it. */
function addPieces(
  pieces: number[],
  [x, y]: readonly [number, number],
  { to, longest }: { to: readonly [number, number]; longest: number },
): void {
  pieces.push(x, y);
  const [dx, dy] = [to[0] - x, to[1] - y];
  const count = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / longest);
  for (let k = 1; k < count; k += 1) pieces.push(x + (dx * k) / count, y + (dy * k) / count);
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
