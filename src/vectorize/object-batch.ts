import { GrowableFloat64, GrowableInt32 } from './growable.ts';
import { mainBucket, type ObjectSums } from './object-sums.ts';
import type { Ring } from './ring.ts';

/** An object's polygons: of each, the outer ring and its holes. */
export type ObjectPolygons = readonly (readonly Ring[])[];

/** Columns of numbers an object. */
export const SUM_COLUMNS = [
  'value',
  'pixels',
  'confidence',
  'seam',
  'firstX',
  'firstY',
  'hashA',
  'hashB',
  'bucket',
  'regularised',
] as const;

/** Finished objects in flat arrays, that threads can hand over without copying. */
export interface ObjectBatch {
  readonly count: number;
  /** Where each object's polygons end, each polygon's rings, each ring's points. */
  readonly polygonEnds: Int32Array;
  readonly ringEnds: Int32Array;
  readonly pointEnds: Int32Array;
  /** x, y of every point, in pixels of the raster. */
  readonly points: Float64Array;
  /** (count, SUM_COLUMNS). */
  readonly sums: Float64Array;
}

/** What regularisation did to an object. */
export const NOT_ASKED = 0;
export const REGULARISED = 1;
export const KEPT_RAW = 2;

/** Objects put together one by one. */
export class ObjectBatchBuilder {
  #count = 0;
  readonly #polygonEnds = new GrowableInt32(256);
  readonly #ringEnds = new GrowableInt32(256);
  readonly #pointEnds = new GrowableInt32(256);
  readonly #points = new GrowableFloat64(4096);
  readonly #sums = new GrowableFloat64(1024);

  add(sums: ObjectSums, polygons: ObjectPolygons, regularised: number): void {
    for (const rings of polygons) {
      for (const { points } of rings) {
        this.#points.append(points);
        this.#pointEnds.push(this.#points.length / 2);
      }
      this.#ringEnds.push(this.#pointEnds.length);
    }
    this.#polygonEnds.push(this.#ringEnds.length);
    const { value, pixels, confidence, seam, firstX, firstY, hashA, hashB } = sums;
    for (const one of [value, pixels, confidence, seam, firstX, firstY, hashA, hashB]) this.#sums.push(one);
    this.#sums.push(mainBucket(sums));
    this.#sums.push(regularised);
    this.#count += 1;
  }

  finish(): ObjectBatch {
    return {
      count: this.#count,
      polygonEnds: this.#polygonEnds.data.slice(0, this.#polygonEnds.length),
      ringEnds: this.#ringEnds.data.slice(0, this.#ringEnds.length),
      pointEnds: this.#pointEnds.data.slice(0, this.#pointEnds.length),
      points: this.#points.toArray(),
      sums: this.#sums.toArray(),
    };
  }
}

/** What a batch lies in, to hand over to another thread. */
export const batchBuffers = ({
  polygonEnds,
  ringEnds,
  pointEnds,
  points,
  sums,
}: ObjectBatch): ArrayBuffer[] =>
  [polygonEnds, ringEnds, pointEnds, points, sums].map(({ buffer }) => buffer as ArrayBuffer);
