/** A function of two numbers, as coordinates are mapped point by point. */
export type PointMap = (x: number, y: number) => readonly [number, number];

interface Cursor {
  readonly view: DataView;
  at: number;
}

const POLYGON = 3;
const COLLECTIONS = [4, 5, 6, 7];

/**
 * The polygons of a 2D WKB geometry (Polygon, MultiPolygon, collections of them; other kinds are left out), each as its
 * rings with every point mapped. One list of rings per polygon, the closing point dropped.
 */
export function polygonsOfWkb(wkb: Uint8Array, map: PointMap): Float64Array[][] {
  const polygons: Float64Array[][] = [];
  readGeometry({ view: new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength), at: 0 }, map, polygons);
  return polygons;
}

function readGeometry(cursor: Cursor, map: PointMap, out: Float64Array[][]): void {
  const little = cursor.view.getUint8(cursor.at) === 1;
  const type = cursor.view.getUint32(cursor.at + 1, little);
  cursor.at += 5;
  if (type === POLYGON) {
    out.push(readRings(cursor, map, little));
  } else if (COLLECTIONS.includes(type)) {
    const count = readCount(cursor, little);
    for (let i = 0; i < count; i++) readGeometry(cursor, map, out);
  } else if (type === 1) {
    cursor.at += 16;
  } else if (type === 2) {
    cursor.at += 16 * readCount(cursor, little);
  } else {
    throw new RangeError(`WKB type ${type} is not a 2D simple feature`);
  }
}

function readCount(cursor: Cursor, little: boolean): number {
  const count = cursor.view.getUint32(cursor.at, little);
  cursor.at += 4;
  return count;
}

function readRings(cursor: Cursor, map: PointMap, little: boolean): Float64Array[] {
  const rings: Float64Array[] = [];
  const count = readCount(cursor, little);
  for (let r = 0; r < count; r++) {
    const points = readCount(cursor, little);
    const ring = new Float64Array(2 * Math.max(0, points - 1));
    for (let i = 0; i < points - 1; i++) {
      const at = cursor.at + 16 * i;
      const [x, y] = map(cursor.view.getFloat64(at, little), cursor.view.getFloat64(at + 8, little));
      ring[2 * i] = x;
      ring[2 * i + 1] = y;
    }
    cursor.at += 16 * points;
    if (ring.length >= 6) rings.push(ring);
  }
  return rings;
}
