import type { AppendFile } from '../core/append-file.ts';
import { digestOf } from '../core/digest.ts';
import { ResflowError } from '../core/errors.ts';
import { composeBlock, halveBlock, type BlockPlace } from '../raster/block-pyramid.ts';
import { planOverviews, type ImageLevel } from '../raster/overview-plan.ts';
import type { Share, SharedJoin, Store } from '../storage/store.ts';
import { NOBODY } from './block-directory.ts';
import { BlockStore } from './block-store.ts';
import { emptyTable, placesOf } from './complete-levels.ts';
import { pyramidOf, type PartLayers } from './compose-overviews.ts';
import type { LayerSpec } from './layer.ts';
import type { PartFiles } from './part-files.ts';
import type { BlockTable } from './part-format.ts';
import { joinLayer, type IndexedPart, type PartSetShape } from './part-set.ts';
import { publishPart, type WrittenLayer } from './write-part.ts';

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
  const places = sharedPlaces(parts, sizes).filter((place) =>
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
    if ((await store.sizeOf(key)) === null) await writeOverviews(store, key, { joined, place, shape });
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
function sharedPlaces(parts: readonly IndexedPart[], sizes: readonly ImageLevel[]): BlockPlace[] {
  const completed = parts.flatMap(({ index }) => index.layers.map(({ levels }) => levels.length));
  const size = sizes[completed.reduce((least, one) => Math.min(least, one), sizes.length) - 1 + LEVELS];
  return size === undefined ? [] : [...placesOf({ ...size, column: 0, row: 0 })];
}

/** Tells sets of parts apart by what they give to the overviews. */
const contentOf = (parts: readonly IndexedPart[]): string =>
  digestOf(
    parts.map(({ index }) => [index.window, index.layers.map(({ share }) => share?.entries ?? [])]),
  ).slice(0, 16);

/** Composes a block of all layers, and what has to be composed below it, into a part. */
async function writeOverviews(
  store: Store,
  key: string,
  {
    joined,
    place,
    shape: { grid, blockPixels },
  }: { joined: readonly PartLayers[]; place: BlockPlace; shape: PartSetShape },
): Promise<void> {
  const side = blockPixels * 2 ** place.level;
  const [x, y] = [place.column * side, place.row * side];
  const window = { x, y, width: Math.min(side, grid.width - x), height: Math.min(side, grid.height - y) };
  await publishPart(store, key, {
    frame: { grid, window, blockPixels },
    layers: joined.map((from) => (file) => writeLayer(file, from, { place, blockPixels })),
    borders: [],
    hash: null,
  });
}

async function writeLayer(
  file: AppendFile,
  from: PartLayers,
  { place, blockPixels }: { place: BlockPlace; blockPixels: number },
): Promise<WrittenLayer> {
  const { name, kind, noData } = from.spec;
  const blocks = new BlockStore(file, { side: blockPixels, noData, lowest: place.level });
  const levels: BlockTable[] = [];
  const pyramid = pyramidOf(from, blockPixels, async (of, block) => {
    const table = emptyTable({ ...of, columns: 1, rows: 1 });
    levels.push(table);
    await blocks.store(table, of, block);
  });
  const block = await composeBlock(pyramid, place);
  await blocks.drain();
  const share = emptyTable({ ...place, columns: 1, rows: 1 });
  const halves = new BlockStore(file, { side: blockPixels / 2, noData, lowest: -1 });
  await halves.store(share, place, halveBlock(pyramid, block));
  return { layer: { name, kind, noData, levels, share }, halves };
}
