import { createHash, type Hash } from 'node:crypto';
import { contractError, toResflowError } from '../core/errors.ts';
import type { Store } from '../storage/store.ts';
import { describeWindow, windowArea, type Window } from '../geo/window.ts';
import { AppendFile } from '../core/append-file.ts';
import { bytesOf } from '../core/bytes-of.ts';
import { constantOf, type Block } from '../raster/block-encoder.ts';
import { composeBlock, halveBlock, type BlockPlace, type Pyramid } from '../raster/block-pyramid.ts';
import { planOverviews } from '../raster/overview-plan.ts';
import type { EdgeStrip } from '../tiling/chip-edges.ts';
import { appendBorders } from './border-strips.ts';
import { completeLevels, emptyTable, placesOf } from './complete-levels.ts';
import { BlockStore } from './block-store.ts';
import type { LayerSpec } from './layer.ts';
import { partHead, partTail } from './part-ends.ts';
import { PART_VERSION, type PartIndex, type PartLayer } from './part-format.ts';

export interface PartContent {
  readonly grid: { readonly width: number; readonly height: number };
  /** On the grid; its corner on block corners, its end on block ends or the grid's edge. */
  readonly window: Window;
  /** Side of a TIFF block; a power of two. */
  readonly blockPixels: number;
  /** Per layer, pixels of the window: (height, width) uint8. */
  readonly layers: readonly { readonly spec: LayerSpec; readonly data: Uint8Array }[];
  /** What the region's chips predict at its border. */
  readonly borders?: readonly EdgeStrip[];
}

/**
 * Writes a region's finished blocks: base, the overviews it completes by itself, and its share of the level above; the
 * base's lie side by side, in the order that a map has them, the shares of all layers at the end, to be read with the index.
 * Whole or not at all, and only if `key` is free: a part that somebody published before stays, and is equal anyway.
 * Bytes depend on the content alone. Throws PART_WINDOW for a window off the block grid, DISK_FULL, NOT_WRITABLE.
 */
export async function writePart(
  store: Store,
  key: string,
  content: PartContent,
): Promise<{ bytes: number; sha256: string }> {
  checkContent(content);
  const { grid, window, blockPixels, layers, borders = [] } = content;
  const hash = createHash('sha256');
  const bytes = await publishPart(store, key, {
    frame: { grid, window, blockPixels },
    layers: layers.map((layer) => (file) => writeLayer(file, content, layer)),
    borders,
    hash,
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** A layer whose blocks are written; its share of the level above is in `halves`, and is written when that is drained. */
export interface WrittenLayer {
  readonly layer: PartLayer;
  readonly halves: BlockStore;
}

export interface PartPieces {
  readonly frame: Pick<PartIndex, 'grid' | 'window' | 'blockPixels'>;
  /** Each writes a layer's blocks into the file. */
  readonly layers: readonly ((file: AppendFile) => Promise<WrittenLayer>)[];
  readonly borders: readonly EdgeStrip[];
  /** Gets every byte. */
  readonly hash: Hash | null;
}

/** Writes a part, as part-format.ts lays it out, and publishes it if `key` is free. Gives its bytes. Throws DISK_FULL, NOT_WRITABLE. */
export async function publishPart(
  store: Store,
  key: string,
  { frame, layers, borders, hash }: PartPieces,
): Promise<number> {
  const file = await AppendFile.create(store.localPath(key), hash);
  try {
    await file.append(partHead());
    const written: WrittenLayer[] = [];
    for (const write of layers) written.push(await write(file));
    const strips = await appendBorders(file, borders);
    for (const { halves } of written) await halves.drain();
    const index: PartIndex = {
      version: PART_VERSION,
      ...frame,
      layers: written.map(({ layer }) => layer),
      borders: strips,
    };
    const bytes = Buffer.from(JSON.stringify(index));
    await file.append(partTail(await file.append(bytes), bytes));
    await file.finish();
    await store.publish(file.temporary, key);
    return file.length;
  } catch (error) {
    await file.discard();
    throw toResflowError(error);
  }
}

function checkContent({ grid, window, blockPixels, layers }: PartContent): void {
  if (completeLevels(window, planOverviews(grid.width, grid.height, blockPixels), blockPixels).length === 0) {
    throw contractError(
      'PART_WINDOW',
      `Region ${describeWindow(window)} does not lie on the ${blockPixels}-pixel blocks of the ${grid.width}x${grid.height} grid.`,
      {
        hint: `Plan regions whose corners and sides are multiples of ${blockPixels} pixels, or end at the grid's edge.`,
      },
    );
  }
  for (const { spec, data } of layers) {
    if (data.length === windowArea(window)) continue;
    throw contractError(
      'PART_PIXELS',
      `Layer ${spec.name} has ${data.length} pixels for region ${describeWindow(window)}, which has ${windowArea(window)}.`,
      { hint: 'Give one byte a pixel, row by row, for the whole region.' },
    );
  }
}

async function writeLayer(
  file: AppendFile,
  content: PartContent,
  layer: PartContent['layers'][number],
): Promise<WrittenLayer> {
  const { grid, window, blockPixels } = content;
  const { name, kind, noData } = layer.spec;
  const sizes = planOverviews(grid.width, grid.height, blockPixels);
  const levels = completeLevels(window, sizes, blockPixels).map(emptyTable);
  const blocks = new BlockStore(file, { side: blockPixels, noData, lowest: 0 });
  const pyramid: Pyramid = {
    blockPixels,
    kind,
    noData,
    levels: sizes,
    half: () => Promise.resolve(null),
    base: (place) => Promise.resolve(cutBlock(content, layer, place)),
    emit: (place, block) => blocks.store(levels[place.level], place, block),
  };
  const top = levels[levels.length - 1];
  const share = top !== undefined && levels.length < sizes.length ? emptyTable(top) : null;
  const halves = new BlockStore(file, { side: blockPixels / 2, noData, lowest: -1 });
  for (const place of top === undefined ? [] : placesOf(top)) {
    const block = await composeBlock(pyramid, place);
    if (share !== null) await halves.store(share, place, halveBlock(pyramid, block));
  }
  await blocks.drain();
  return { layer: { name, kind, noData, levels, share }, halves };
}

/** A base block out of the region's pixels, padded with no-data where it hangs over the grid's edge. */
function cutBlock(content: PartContent, layer: PartContent['layers'][number], place: BlockPlace): Block {
  const { window, blockPixels: side } = content;
  const x = place.column * side - window.x;
  const y = place.row * side - window.y;
  const [width, height] = [Math.min(side, window.width - x), Math.min(side, window.height - y)];
  const start = y * window.width + x;
  const constant =
    width === side && height === side ? constantIn(layer.data, { start, side, stride: window.width }) : null;
  if (constant !== null) return constant;
  const block = new Uint8Array(side * side);
  if (width < side || height < side) block.fill(layer.spec.noData);
  for (let row = 0; row < height; row++) {
    const from = start + row * window.width;
    block.set(layer.data.subarray(from, from + width), row * side);
  }
  return constantOf(block) ?? block;
}

/** The value of a square of an image, if it has only one; most blocks that have more are told at once. No copy. */
function constantIn(
  data: Uint8Array,
  square: { readonly start: number; readonly side: number; readonly stride: number },
): number | null {
  const { start, side, stride } = square;
  const value = data[start];
  const last = start + (side - 1) * stride + side - 1;
  if (value === undefined || data[last] !== value || data[(start + last) >> 1] !== value) return null;
  const bytes = bytesOf(data);
  if (constantOf(bytes.subarray(start, start + side)) === null) return null;
  for (let from = start + stride; from <= last; from += stride) {
    if (bytes.compare(bytes, from, from + side, start, start + side) !== 0) return null;
  }
  return value;
}
