import { crc32 } from 'node:zlib';
import type { AppendFile } from '../core/append-file.ts';
import { InOrder } from '../core/in-order.ts';
import type { Share } from '../storage/store.ts';
import {
  addMeeting,
  edgeKey,
  NO_SEAMS,
  type ChipEdge,
  type EdgeStrip,
  type Seams,
} from '../tiling/chip-edges.ts';
import type { PartFiles } from './part-files.ts';
import type { PartBorder } from './part-format.ts';
import type { IndexedPart } from './part-set.ts';
import { partDamaged } from './read-part.ts';

/** Parts whose strips are being read at the same time. */
const READING_LIMIT = 16;

/** Appends what a region's chips predict at its border to its part, and says where: one strip behind the other. */
export async function appendBorders(file: AppendFile, strips: readonly EdgeStrip[]): Promise<PartBorder[]> {
  const borders: PartBorder[] = [];
  for (const { values, ...edge } of strips) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const offset = await file.append(bytes);
    borders.push({ ...edge, stored: { offset, length: bytes.length, crc: crc32(bytes) } });
  }
  return borders;
}

/**
 * The seams between regions: each edge on a border is in two parts, once from each side. Parts given region by region,
 * row by row, hold no more in memory than the edges of a row of regions. An edge that has one side only (the other chip
 * had no data) is left out. A share has the edges whose far side lies in its share of the parts; all shares' sums add up.
 */
export async function seamBetweenParts(
  files: PartFiles,
  parts: readonly IndexedPart[],
  { blendPixels, share }: { blendPixels: number; share: Share | null },
): Promise<Seams> {
  const isWanted = share === null ? () => true : edgesOf(parts, share);
  const waiting = new Map<string, EdgeStrip>();
  let seams = NO_SEAMS;
  const meet = (strip: EdgeStrip): void => {
    const key = edgeKey(strip);
    const other = waiting.get(key);
    if (other === undefined) waiting.set(key, strip);
    else if (other.side !== strip.side) {
      waiting.delete(key);
      seams = addMeeting(seams, [other, strip], blendPixels);
    }
  };
  const queue = new InOrder<Uint8Array>(READING_LIMIT);
  for (const { key, path, index } of parts) {
    const borders = stretchOf(index.borders, isWanted);
    const from = borders[0]?.stored.offset;
    if (from === undefined) continue;
    await queue.add(files.read(key, ...borders.map(({ stored }) => stored)), (bytes) => {
      for (const { stored, ...edge } of borders) {
        const at = stored.offset - from;
        if (isWanted(edge)) meet(stripOf(path, edge, bytes.subarray(at, at + stored.length)));
      }
      return Promise.resolve();
    });
  }
  await queue.drain();
  return seams;
}

/** Tells the edges whose far side lies in a share of the parts. */
function edgesOf(parts: readonly IndexedPart[], { index, count }: Share): (edge: ChipEdge) => boolean {
  const [from, to] = [index, index + 1].map((at) => Math.floor((at * parts.length) / count));
  const borders = parts.slice(from, to).flatMap((part) => part.index.borders);
  const keys = new Set(borders.filter(({ side }) => side === 'after').map(edgeKey));
  return (edge) => keys.has(edgeKey(edge));
}

/** A part's borders from the first to the last wanted, which are read at once. */
function stretchOf(
  borders: readonly PartBorder[],
  isWanted: (edge: ChipEdge) => boolean,
): readonly PartBorder[] {
  const first = borders.findIndex(isWanted);
  return first < 0 ? [] : borders.slice(first, borders.findLastIndex(isWanted) + 1);
}

function stripOf(path: string, edge: Omit<PartBorder, 'stored'>, bytes: Uint8Array): EdgeStrip {
  const count = edge.length * 2 * edge.channels;
  if (bytes.length !== 2 * count)
    throw partDamaged(path, `has ${bytes.length} bytes for an edge of ${edge.length} pixels`);
  // Copied: a view of 16-bit numbers must start on an even byte.
  return { ...edge, values: new Uint16Array(Uint8Array.from(bytes).buffer) };
}
