import { ProtobufWriter } from './protobuf.ts';

/** Units along a tile's side. */
export const TILE_EXTENT = 4096;

export type TileProperties = Readonly<Record<string, string | number | null>>;

export interface TileFeature {
  /** Rings in tile units, x right and y down: outer rings have positive area (they turn right as drawn), holes negative. */
  readonly rings: readonly Int32Array[];
  readonly properties: TileProperties;
}

const POLYGON = 3;
const [MOVE_TO, LINE_TO, CLOSE_PATH] = [1, 2, 7];

/** One layer of polygons as a Mapbox Vector Tile, version 2.1 of the specification. */
export function encodeTile(layer: string, features: readonly TileFeature[]): Uint8Array {
  const keys = new Map<string, number>();
  const values = new Map<string | number, number>();
  const body = new ProtobufWriter();
  body.text(1, layer);
  for (const { rings, properties } of features) {
    const feature = new ProtobufWriter();
    feature.packed(2, tagsOf(properties, keys, values));
    feature.number(3, POLYGON);
    feature.packed(4, geometryOf(rings));
    body.data(2, feature.bytes);
  }
  for (const key of keys.keys()) body.text(3, key);
  for (const value of values.keys()) body.data(4, valueOf(value));
  body.number(5, TILE_EXTENT);
  body.number(15, 2);
  const tile = new ProtobufWriter();
  tile.data(3, body.bytes);
  return tile.bytes;
}

function tagsOf(
  properties: TileProperties,
  keys: Map<string, number>,
  values: Map<string | number, number>,
): number[] {
  const tags: number[] = [];
  for (const [key, value] of Object.entries(properties)) {
    if (value !== null) tags.push(numberOf(keys, key), numberOf(values, value));
  }
  return tags;
}

function numberOf<T>(known: Map<T, number>, value: T): number {
  const found = known.get(value);
  if (found !== undefined) return found;
  known.set(value, known.size);
  return known.size - 1;
}

function valueOf(value: string | number): Uint8Array {
  const writer = new ProtobufWriter();
  if (typeof value === 'string') writer.text(1, value);
  else if (Number.isInteger(value) && value >= 0) writer.number(5, value);
  else writer.double(3, value);
  return writer.bytes;
}

const command = (id: number | undefined, count: number): number => count * 8 + (id ?? 0);
const zigzag = (value: number): number => (value >= 0 ? 2 * value : -2 * value - 1);

function geometryOf(rings: readonly Int32Array[]): number[] {
  const out: number[] = [];
  let [x, y] = [0, 0];
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i += 2) {
      if (i === 0) out.push(command(MOVE_TO, 1));
      if (i === 2) out.push(command(LINE_TO, ring.length / 2 - 1));
      const [nextX, nextY] = [ring[i] as number, ring[i + 1] as number];
      out.push(zigzag(nextX - x), zigzag(nextY - y));
      [x, y] = [nextX, nextY];
    }
    out.push(command(CLOSE_PATH, 1));
  }
  return out;
}
