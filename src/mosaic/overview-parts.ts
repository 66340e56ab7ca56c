import { createHash } from 'node:crypto';
import type { AppendFile } from '../core/append-file.ts';
import { ResflowError } from '../core/errors.ts';
import { blockOrder } from '../raster/block-order.ts';
import { composeBlock, halveBlock, type BlockPlace, type Pyramid } from '../raster/block-pyramid.ts';
import { planOverviews, type ImageLevel } from '../raster/overview-plan.ts';
import type { Share, SharedJoin, Store } from '../storage/store.ts';
import { NOBODY } from './block-directory.ts';
import { BlockStore } from './block-store.ts';
import { emptyTable } from './complete-levels.ts';
import { halfOf, type PartLayers } from './compose-overviews.ts';
import type { LayerSpec } from './layer.ts';
import type { PartFiles } from './part-files.ts';
import { PART_VERSION, type BlockTable, type PartIndex, type PartLayer } from './part-format.ts';
import { joinLayer, type IndexedPart, type PartSetShape } from './part-set.ts';
import { beginPart, endPart } from './write-part.ts';

/** Levels of an overview part above what each region completes by itself: it serves up to 16 regions. */
const LEVELS = 2;

export interface OverviewParts {
  readonly store: Store;
  readonly shared: SharedJoin;
  readonly files: PartFiles;
  readonly parts: readonly IndexedPart[];
  readonly layers: readonly LayerSpec[];
  readonly shape: PartSetShape;
  readonly share: Share;
  /** Beside which object they are left. */
  readonly beside: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Every share of an assembly needs the overviews above the regions, since it lays out the whole file. So each composes
 * some, leaves them for the others as further parts, which hold no base, and takes what it finds. Shares begin at
 * different places and go round: those that run at the same time do equal parts of the work, one that runs alone all of
 * it, and none waits for another.
 */
export async function overviewParts(from: OverviewParts): Promise<IndexedPart[]> {
  const { files, parts, layers, shape, share, store, shared, beside, signal } = from;
  const sizes = planOverviews(shape.grid.width, shape.grid.height, shape.blockPixels);
  const joined = layers.map((spec) => ({ spec, parts, files, layer: joinLayer(parts, spec, shape) }));
  const places = placesOf(parts, sizes).filter((place) =>
    joined.every(({ layer }) => layer.levels[place.level]?.ownerAt(place) === NOBODY),
  );
  // One would be the first's work, while all others do the same.
  if (places.length < 2) return [];
  const content = contentOf(parts);
  const first = Math.floor((places.length * share.index) / share.count);
  const found: IndexedPart[] = [];
  for (const place of [...places.slice(first), ...places.slice(0, first)]) {
    signal?.throwIfAborted();
    const key = shared.aside(beside, `${content}-${place.level}-${place.column}-${place.row}`);
    if ((await store.sizeOf(key)) === null) await writeOverviews(store, key, { joined, place, sizes, shape });
    found.push({ key, path: store.addressOf(key), index: await files.index(key) });
  }
  return found;
}

/** Removes what shares left for each other where an assembly failed since it is damaged: it is composed again. */
export async function dropDamaged(
  error: unknown,
  store: Store,
  outputs: readonly { readonly key: string }[],
): Promise<void> {
  const { shared } = store;
  if (!(error instanceof ResflowError) || error.code !== 'PART_DAMAGED' || shared === null) return;
  const file = String(error.context['file']);
  for (const { key } of outputs) {
    const start = store.addressOf(shared.aside(key, ''));
    if (file.startsWith(start)) await store.remove(shared.aside(key, file.slice(start.length)));
  }
}

/** Blocks some levels above the highest that every region completes; none where the scene's last level is as low. */
function placesOf(parts: readonly IndexedPart[], sizes: readonly ImageLevel[]): BlockPlace[] {
  const completed = parts.flatMap(({ index }) => index.layers.map(({ levels }) => levels.length));
  const size = sizes[completed.reduce((least, one) => Math.min(least, one), sizes.length) - 1 + LEVELS];
  if (size === undefined) return [];
  return [...blockOrder(size)].map((index) => ({
    level: size.level,
    column: index % size.columns,
    row: Math.floor(index / size.columns),
  }));
}

/** Tells sets of parts apart by what they give to the overviews. */
function contentOf(parts: readonly IndexedPart[]): string {
  const hash = createHash('sha256');
  for (const { index } of parts) {
    const { window, layers } = index;
    hash.update(JSON.stringify([window, layers.map(({ share }) => share?.entries ?? [])]));
  }
  return hash.digest('hex').slice(0, 16);
}

interface Overviews {
  readonly joined: readonly PartLayers[];
  readonly place: BlockPlace;
  readonly sizes: readonly ImageLevel[];
  readonly shape: PartSetShape;
}

/** Composes a block of all layers, and what has to be composed below it, into a part. */
async function writeOverviews(
  store: Store,
  key: string,
  { joined, place, sizes, shape }: Overviews,
): Promise<void> {
  const { grid, blockPixels } = shape;
  const file = await beginPart(store, key);
  try {
    const layers: PartLayer[] = [];
    const shares: BlockStore[] = [];
    for (const one of joined) {
      const { layer, halves } = await writeLayer(file, one, { place, sizes, blockPixels });
      layers.push(layer);
      shares.push(halves);
    }
    for (const halves of shares) await halves.drain();
    const side = blockPixels * 2 ** place.level;
    const [x, y] = [place.column * side, place.row * side];
    const window = { x, y, width: Math.min(side, grid.width - x), height: Math.min(side, grid.height - y) };
    const index: PartIndex = { version: PART_VERSION, grid, window, blockPixels, layers, borders: [] };
    await endPart(store, key, { file, index });
  } finally {
    await file.discard();
  }
}

async function writeLayer(
  file: AppendFile,
  from: PartLayers,
  { place, sizes, blockPixels }: { place: BlockPlace; sizes: readonly ImageLevel[]; blockPixels: number },
): Promise<{ layer: PartLayer; halves: BlockStore }> {
  const { name, kind, noData } = from.spec;
  const blocks = new BlockStore(file, { side: blockPixels, noData, lowest: place.level });
  const levels: BlockTable[] = [];
  const pyramid: Pyramid = {
    blockPixels,
    kind,
    noData,
    levels: sizes,
    half: (of) => halfOf(from, of, blockPixels),
    base: () => Promise.reject(new RangeError('a base block is always completed by a part')),
    emit: async (of, block) => {
      const table = emptyTable({ ...of, columns: 1, rows: 1 });
      levels.push(table);
      await blocks.store(table, of, block);
    },
  };
  const block = await composeBlock(pyramid, place);
  await blocks.drain();
  const share = emptyTable({ ...place, columns: 1, rows: 1 });
  const halves = new BlockStore(file, { side: blockPixels / 2, noData, lowest: -1 });
  await halves.store(share, place, halveBlock(pyramid, block));
  return { layer: { name, kind, noData, levels, share }, halves };
}
