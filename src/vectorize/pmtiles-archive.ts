import { gzipSync } from 'node:zlib';
import { hilbertCell } from './hilbert.ts';
import { ProtobufWriter } from './protobuf.ts';
import type { TileAddress } from './tile-shape.ts';

/** A tile's place in the archive; bytes from the start of the tiles. */
export interface TileEntry {
  readonly id: number;
  readonly offset: number;
  readonly length: number;
}

export interface ArchiveHead {
  readonly minZoom: number;
  readonly maxZoom: number;
  /** Degrees: west, south, east, north. */
  readonly bounds: readonly [number, number, number, number];
  readonly metadata: unknown;
}

const HEADER_BYTES = 127;
/** The root directory must lie within the first 16 KiB. */
const ROOT_LIMIT = 16_384 - HEADER_BYTES;
const LEAF_ENTRIES = 4096;
const [GZIP, MVT] = [2, 1];

/** Number of a tile over all zooms, along Hilbert's curve in each. */
export const tileId = ({ z, x, y }: TileAddress): number => (4 ** z - 1) / 3 + hilbertCell(2 ** z, x, y);

/**
 * Everything of a PMTiles archive, version 3, that stands before its tiles: header, root directory, metadata, leaf
 * directories. `entries` in the order of their ids, their tiles in the same order without gaps, each gzipped.
 */
export function archiveHead(entries: readonly TileEntry[], head: ArchiveHead): Uint8Array {
  const metadata = gzipSync(JSON.stringify(head.metadata));
  const { root, leaves } = directories(entries);
  const tiles = entries.reduce((sum, { length }) => sum + length, 0);
  const rootAt = HEADER_BYTES;
  const metadataAt = rootAt + root.length;
  const leavesAt = metadataAt + metadata.length;
  const tilesAt = leavesAt + leaves.length;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PMTiles', 'latin1');
  header[7] = 3;
  const places = [rootAt, root.length, metadataAt, metadata.length, leavesAt, leaves.length, tilesAt, tiles];
  [...places, entries.length, entries.length, entries.length].forEach((value, i) =>
    header.writeBigUInt64LE(BigInt(value), 8 + 8 * i),
  );
  // Clustered; directories and tiles gzipped; vector tiles.
  Buffer.of(1, GZIP, GZIP, MVT, head.minZoom, head.maxZoom).copy(header, 96);
  const [west, south, east, north] = head.bounds;
  [west, south, east, north].forEach((value, i) => header.writeInt32LE(Math.round(value * 1e7), 102 + 4 * i));
  header[118] = Math.round((head.minZoom + head.maxZoom) / 2);
  header.writeInt32LE(Math.round(((west + east) / 2) * 1e7), 119);
  header.writeInt32LE(Math.round(((south + north) / 2) * 1e7), 123);
  return Buffer.concat([header, root, metadata, leaves]);
}

/** One directory where it is small enough, else a root of leaves. */
function directories(entries: readonly TileEntry[]): { root: Uint8Array; leaves: Uint8Array } {
  const whole = directory(entries, 1);
  if (whole.length <= ROOT_LIMIT) return { root: whole, leaves: new Uint8Array(0) };
  for (let size = LEAF_ENTRIES; ; size *= 2) {
    const leaves: Uint8Array[] = [];
    const places: TileEntry[] = [];
    let offset = 0;
    for (let from = 0; from < entries.length; from += size) {
      const leaf = directory(entries.slice(from, from + size), 1);
      places.push({ id: entries[from]?.id ?? 0, offset, length: leaf.length });
      leaves.push(leaf);
      offset += leaf.length;
    }
    const root = directory(places, 0);
    if (root.length <= ROOT_LIMIT) return { root, leaves: Buffer.concat(leaves) };
  }
}

/** `run`: 1 for tiles, 0 for leaves. */
function directory(entries: readonly TileEntry[], run: 0 | 1): Uint8Array {
  const writer = new ProtobufWriter();
  writer.varint(entries.length);
  entries.forEach(({ id }, i) => writer.varint(id - (entries[i - 1]?.id ?? 0)));
  for (const _ of entries) writer.varint(run);
  for (const { length } of entries) writer.varint(length);
  entries.forEach(({ offset }, i) => {
    const before = entries[i - 1];
    writer.varint(before !== undefined && before.offset + before.length === offset ? 0 : offset + 1);
  });
  return gzipSync(writer.bytes);
}
