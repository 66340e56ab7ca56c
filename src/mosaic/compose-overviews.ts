import { inflateSync } from 'node:zlib';
import type { AppendFile } from '../core/append-file.ts';
import { BlockEncoder, type Block, type EncodedBlock } from '../raster/block-encoder.ts';
import { composeBlock, type BlockPlace, type Pyramid } from '../raster/block-pyramid.ts';
import { InOrder } from '../core/in-order.ts';
import { COMPOSED, NOBODY, type LevelDirectory } from './block-directory.ts';
import type { LayerSpec } from './layer.ts';
import type { PartFiles, StoredBlock } from './part-files.ts';
import type { IndexedPart, LayerParts } from './part-set.ts';
import { partDamaged } from './read-part.ts';

/** Blocks being compressed at the same time. */
const ENCODING_LIMIT = 8;

/** A layer of some parts. */
export interface PartLayers {
  readonly spec: LayerSpec;
  readonly parts: readonly IndexedPart[];
  readonly layer: LayerParts;
  readonly files: PartFiles;
}

export interface Composition extends PartLayers {
  readonly blockPixels: number;
  /** Takes the composed blocks. */
  readonly spool: AppendFile;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the overview blocks that no region completed, from the regions' shares, and enters them in the layer's directory
 * as COMPOSED, with their place in the spool. Goes down the quad-tree from the top: a few blocks a level in memory,
 * whatever the size of the scene.
 */
export async function composeOverviews(composition: Composition): Promise<void> {
  const { spec, blockPixels, layer, spool } = composition;
  const encoder = new BlockEncoder(blockPixels);
  const queue = new InOrder<EncodedBlock>(ENCODING_LIMIT);
  const pyramid = pyramidOf(composition, blockPixels, async (place, block) => {
    composition.signal?.throwIfAborted();
    const level = layer.levels[place.level] as LevelDirectory;
    const index = level.indexOf(place);
    if (block === spec.noData) level.set(index, COMPOSED, { offset: 0, length: 0, crc: 0 });
    else
      await queue.add(encoder.encode(block), async ({ bytes, crc }) => {
        level.set(index, COMPOSED, { offset: await spool.append(bytes), length: bytes.length, crc });
      });
  });
  const top = layer.levels[layer.levels.length - 1] as LevelDirectory;
  const place = { level: top.size.level, column: 0, row: 0 };
  if (top.ownerAt(place) === NOBODY) await composeBlock(pyramid, place);
  await queue.drain();
}

/** A pyramid of blocks that are composed from what parts give to the levels above them. */
export const pyramidOf = (from: PartLayers, blockPixels: number, emit: Pyramid['emit']): Pyramid => ({
  blockPixels,
  kind: from.spec.kind,
  noData: from.spec.noData,
  levels: from.layer.levels.map(({ size }) => size),
  half: (place) => halfOf(from, place, blockPixels),
  base: () => Promise.reject(new RangeError('a base block is always completed by a part')),
  emit,
});

/** The half-size picture of a block that a part completed; null where none did. */
async function halfOf(
  { layer, parts, files, spec }: PartLayers,
  place: BlockPlace,
  blockPixels: number,
): Promise<Block | null> {
  const owner = layer.levels[place.level]?.ownerAt(place) ?? NOBODY;
  const part = parts[owner];
  if (part === undefined) return null;
  const stored = sharedBlock(layer.shares[owner] ?? null, place);
  if (stored === null)
    throw partDamaged(part.path, `lacks its share of the overviews at level ${place.level + 1}`);
  if (stored.length === 0) return spec.noData;
  const expected = (blockPixels / 2) ** 2;
  // At once: a share is small, and takes no longer here than its way to another thread and back. With room to see its end.
  const pixels = inflateSync(await files.read(part.key, stored), { chunkSize: expected + 64 });
  if (pixels.length !== expected)
    throw partDamaged(part.path, `has a share of ${pixels.length} pixels, not ${expected}`);
  return pixels;
}

function sharedBlock(share: LayerParts['shares'][number], place: BlockPlace): StoredBlock | null {
  if (share === null || share.level !== place.level) return null;
  const [column, row] = [place.column - share.column, place.row - share.row];
  if (column < 0 || row < 0 || column >= share.columns || row >= share.rows) return null;
  const at = 3 * (row * share.columns + column);
  const [offset = 0, length = 0, crc = 0] = share.entries.slice(at, at + 3);
  return { offset, length, crc };
}
