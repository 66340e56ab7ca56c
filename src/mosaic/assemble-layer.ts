import { AppendFile } from '../core/append-file.ts';
import type { Affine } from '../geo/affine.ts';
import { geoTags } from '../raster/geo-tags.ts';
import type { TiffForm } from '../raster/tiff-header.ts';
import { layoutTiff, type TiffImage } from '../raster/tiff-layout.ts';
import { blockOrder } from '../raster/block-order.ts';
import type { Piece, Share, Store } from '../storage/store.ts';
import { NOBODY, type LevelDirectory } from './block-directory.ts';
import { composeOverviews } from './compose-overviews.ts';
import { describingTags, imageTags } from './layer-tags.ts';
import type { LayerSpec } from './layer.ts';
import type { PartFiles, StoredBlock } from './part-files.ts';
import { joinLayer, type IndexedPart } from './part-set.ts';

/** The grid of a map, with its place on the ground. */
export interface MapGrid {
  readonly width: number;
  readonly height: number;
  readonly transform: Affine;
  /** null: without CRS. */
  readonly wkt: string | null;
}

export interface LayerAssembly {
  readonly parts: readonly IndexedPart[];
  /** What the parts are read through. */
  readonly files: PartFiles;
  readonly grid: MapGrid;
  readonly blockPixels: number;
  readonly spec: LayerSpec;
  readonly metadata: Readonly<Record<string, string>>;
  /** null: classic TIFF below 4 GiB, else BigTIFF. */
  readonly form?: TiffForm | null;
  readonly signal?: AbortSignal | undefined;
  /** Which part of the work is done; null: all of it. */
  readonly share?: Share | null | undefined;
  /** Told of the bytes put together, of so many. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** Of a finished file. */
export interface AssembledLayer {
  /** Where it lies in the store, and for people. */
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  readonly form: TiffForm;
}

/**
 * Writes one layer of a scene as a Cloud Optimized GeoTIFF: blocks are copied from the parts as they are, by the store
 * itself where it can; only the overviews above the regions are composed. Whole or not at all, or one share of it, in a
 * file that is to be sealed; the same parts give the same bytes in every store. Memory: some tens of megabytes, and 24
 * bytes a block.
 */
export async function assembleLayer(
  store: Store,
  key: string,
  assembly: LayerAssembly,
): Promise<AssembledLayer> {
  const { parts, files, grid, blockPixels, spec, metadata, signal, progress, share = null } = assembly;
  const layer = joinLayer(parts, spec, { grid, blockPixels });
  const spool = await AppendFile.create(`${store.localPath(key)}.overviews`);
  try {
    await composeOverviews({ spec, blockPixels, parts, layer, files, spool, signal });
    const images = layer.levels.map(({ size, lengths }): TiffImage => ({
      tags: [
        ...imageTags(spec, size, blockPixels),
        ...(size.level === 0 ? [...geoTags(grid), ...describingTags(spec, metadata)] : []),
      ],
      blockBytes: lengths,
      columns: size.columns,
    }));
    const { header, form, fileBytes } = layoutTiff(images, assembly.form ?? null);
    const pieces = counted(
      piecesOf(header, { levels: layer.levels, parts, files, spool }),
      fileBytes,
      progress,
    );
    const options = { bytes: fileBytes, signal };
    if (share === null) await store.join(key, pieces, options);
    else await store.shared?.join(key, pieces, { ...options, share });
    return { key, path: store.addressOf(key), bytes: fileBytes, form };
  } finally {
    await spool.discard();
  }
}

interface BlockSources {
  readonly levels: readonly LevelDirectory[];
  readonly parts: readonly IndexedPart[];
  readonly files: PartFiles;
  readonly spool: AppendFile;
}

/** Blocks that lie one behind the other in what they come from, and will in the layer: they are read at once. */
interface Run {
  readonly owner: number;
  readonly blocks: StoredBlock[];
  length: number;
}

const RUN_BYTES = 1024 * 1024;

/** Header, then every block that is stored, as `layoutTiff` lays them: the smallest level first. */
function* piecesOf(header: Uint8Array, sources: BlockSources): Generator<Piece> {
  yield { length: header.length, read: () => Promise.resolve(header), source: null };
  for (const level of sources.levels.toReversed()) {
    let run: Run | null = null;
    for (const index of blockOrder(level.size)) {
      const block = level.stored(index);
      if (block.length === 0) continue;
      const owner = level.owners[index] ?? NOBODY;
      if (run !== null && goesOn(run, owner, block)) {
        run.blocks.push(block);
        run.length += block.length;
        continue;
      }
      if (run !== null) yield pieceOf(run, sources);
      run = { owner, blocks: [block], length: block.length };
    }
    if (run !== null) yield pieceOf(run, sources);
  }
}

function goesOn({ owner, blocks, length }: Run, next: number, block: StoredBlock): boolean {
  const end = (blocks[0]?.offset ?? 0) + length;
  return owner === next && end === block.offset && length + block.length <= RUN_BYTES;
}

function pieceOf({ owner, blocks, length }: Run, { parts, files, spool }: BlockSources): Piece {
  const part = parts[owner];
  const offset = blocks[0]?.offset ?? 0;
  return {
    length,
    read: () => (part === undefined ? spool.read(offset, length) : files.read(part.key, ...blocks)),
    source: part === undefined ? null : { key: part.key, offset },
  };
}

/** The same pieces, telling how far they are as they are taken. */
function* counted(
  pieces: Iterable<Piece>,
  total: number,
  progress: LayerAssembly['progress'],
): Generator<Piece> {
  let done = 0;
  for (const piece of pieces) {
    yield piece;
    done += piece.length;
    progress?.(done, total);
  }
}
