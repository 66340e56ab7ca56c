import { promisify } from 'node:util';
import { crc32, deflate, inflate } from 'node:zlib';
import type { AppendFile } from '../core/append-file.ts';
import type { Store } from '../storage/store.ts';
import { addMeeting, edgeKey, NO_SEAMS, type EdgeStrip, type Seams } from '../tiling/chip-edges.ts';
import { PartFiles } from './part-files.ts';
import type { PartBorder } from './part-format.ts';
import type { IndexedPart } from './part-set.ts';
import { partDamaged } from './read-part.ts';

const deflated = promisify(deflate);
const inflated = promisify(inflate);

/** Appends what a region's chips predict at its border to its part, and says where. */
export async function appendBorders(file: AppendFile, strips: readonly EdgeStrip[]): Promise<PartBorder[]> {
  const borders: PartBorder[] = [];
  for (const { values, ...edge } of strips) {
    const bytes = await deflated(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    const offset = await file.append(bytes);
    borders.push({ ...edge, stored: { offset, length: bytes.length, crc: crc32(bytes) } });
  }
  return borders;
}

/**
 * The seams between regions: each edge on a border is in two parts, once from each side. Parts given region by region,
 * row by row, hold no more in memory than the edges of a row of regions. An edge that has one side only (the other chip
 * had no data) is left out.
 */
export async function seamBetweenParts(
  store: Store,
  parts: readonly IndexedPart[],
  blendPixels: number,
): Promise<Seams> {
  const files = new PartFiles(store);
  const waiting = new Map<string, EdgeStrip>();
  let seams = NO_SEAMS;
  try {
    for (const { key: part, path, index } of parts) {
      for (const border of index.borders) {
        const strip = await readBorder(files, { key: part, path }, border);
        const key = edgeKey(strip);
        const other = waiting.get(key);
        if (other === undefined) waiting.set(key, strip);
        else if (other.side !== strip.side) {
          waiting.delete(key);
          seams = addMeeting(seams, [other, strip], blendPixels);
        }
      }
    }
    return seams;
  } finally {
    await files.close();
  }
}

async function readBorder(
  files: PartFiles,
  { key, path }: Pick<IndexedPart, 'key' | 'path'>,
  border: PartBorder,
): Promise<EdgeStrip> {
  const { stored, ...edge } = border;
  const bytes: Uint8Array = await inflated(await files.read(key, stored));
  const count = edge.length * 2 * edge.channels;
  if (bytes.length !== 2 * count)
    throw partDamaged(path, `has ${bytes.length} bytes for an edge of ${edge.length} pixels`);
  // Copied: a view of 16-bit numbers must start on an even byte.
  return { ...edge, values: new Uint16Array(Uint8Array.from(bytes).buffer) };
}
