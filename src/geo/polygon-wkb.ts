/** Polygons of rings, outer ring first: x, y in turn, the first point not repeated. */
export type Polygons = readonly (readonly Float64Array[])[];

const POLYGON = 3;
const MULTI_POLYGON = 6;

/** Well-known binary, little-endian, two dimensions: a Polygon where there is one, else a MultiPolygon. */
export function polygonsToWkb(polygons: Polygons): Uint8Array {
  const [only] = polygons;
  const single = polygons.length === 1 && only !== undefined;
  const bytes = polygons.reduce((sum, rings) => sum + polygonBytes(rings), single ? 0 : 9);
  const buffer = new Uint8Array(bytes);
  const view = new DataView(buffer.buffer);
  if (single) {
    writePolygon(view, 0, only);
    return buffer;
  }
  writeHead(view, 0, [MULTI_POLYGON, polygons.length]);
  let at = 9;
  for (const rings of polygons) at = writePolygon(view, at, rings);
  return buffer;
}

const polygonBytes = (rings: readonly Float64Array[]): number =>
  rings.reduce((sum, ring) => sum + 4 + 8 * (ring.length + 2), 9);

function writeHead(view: DataView, at: number, [type, count]: readonly [number, number]): void {
  view.setUint8(at, 1);
  view.setUint32(at + 1, type, true);
  view.setUint32(at + 5, count, true);
}

function writePolygon(view: DataView, start: number, rings: readonly Float64Array[]): number {
  writeHead(view, start, [POLYGON, rings.length]);
  let at = start + 9;
  for (const ring of rings) {
    view.setUint32(at, ring.length / 2 + 1, true);
    at += 4;
    for (const value of ring) {
      view.setFloat64(at, value, true);
      at += 8;
    }
    view.setFloat64(at, ring[0] ?? Number.NaN, true);
    view.setFloat64(at + 8, ring[1] ?? Number.NaN, true);
    at += 16;
  }
  return at;
}
