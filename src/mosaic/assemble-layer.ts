import { rename } from 'node:fs/promises';
import type { Affine } from '../geo/affine.ts';
import { AppendFile } from '../raster/append-file.ts';
import { InOrder } from '../raster/in-order.ts';
import { geoTags } from '../raster/geo-tags.ts';
import type { TiffForm } from '../raster/tiff-header.ts';
import { layoutTiff, type TiffImage } from '../raster/tiff-layout.ts';
import { NOBODY, type LevelDirectory } from './block-directory.ts';
import { composeOverviews } from './compose-overviews.ts';
import { describingTags, imageTags } from './layer-tags.ts';
import type { LayerSpec } from './layer.ts';
import { PartFiles, type StoredBlock } from './part-files.ts';
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
  readonly grid: MapGrid;
  readonly blockPixels: number;
  readonly spec: LayerSpec;
  readonly metadata: Readonly<Record<string, string>>;
  /** null: classic TIFF below 4 GiB, else BigTIFF. */
  readonly form?: TiffForm | null;
  readonly signal?: AbortSignal | undefined;
}

/** Of a finished file. */
export interface AssembledLayer {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly form: TiffForm;
}

/**
 * Writes one layer of a scene as a Cloud Optimized GeoTIFF: blocks are copied from the parts as they are, only the
 * overviews above the regions are composed. Whole or not at all; the same parts give the same bytes. Memory: a few
 * megabytes and 20 bytes a block.
 */
export async function assembleLayer(path: string, assembly: LayerAssembly): Promise<AssembledLayer> {
  const { parts, grid, blockPixels, spec, metadata, signal } = assembly;
  const layer = joinLayer(parts, spec, { grid, blockPixels });
  const files = new PartFiles();
  const spool = await AppendFile.create(`${path}.overviews`);
  try {
    await composeOverviews({ spec, blockPixels, parts, layer, files, spool, signal });
    const images: TiffImage[] = layer.levels.map(({ size, lengths }) => ({
      tags: [
        ...imageTags(spec, size, blockPixels),
        ...(size.level === 0 ? [...geoTags(grid), ...describingTags(spec, metadata)] : []),
      ],
      blockBytes: lengths,
    }));
    const { header, form } = layoutTiff(images, assembly.form ?? null);
    const sources: BlockSources = { parts, files, spool, signal };
    const written = await writeFile(path, header, { levels: [...layer.levels].reverse(), sources });
    return { path, form, ...written };
  } finally {
    await files.close();
    await spool.discard();
  }
}

interface BlockSources {
  readonly parts: readonly IndexedPart[];
  readonly files: PartFiles;
  readonly spool: AppendFile;
  readonly signal: AbortSignal | undefined;
}

async function writeFile(
  path: string,
  header: Uint8Array,
  { levels, sources }: { levels: readonly LevelDirectory[]; sources: BlockSources },
): Promise<{ bytes: number; sha256: string }> {
  const out = await AppendFile.create(path);
  try {
    await out.append(header);
    for (const level of levels) await copyBlocks(out, level, sources);
    const written = await out.finish();
    await rename(out.temporary, path);
    return written;
  } catch (error) {
    await out.discard();
    throw error;
  }
}

/** Blocks being read at the same time; the parts hold more files open than that. */
const READING_LIMIT = 16;

async function copyBlocks(out: AppendFile, level: LevelDirectory, sources: BlockSources): Promise<void> {
  const queue = new InOrder<Uint8Array>(READING_LIMIT);
  for (let index = 0; index < level.lengths.length; index++) {
    const block = level.stored(index);
    if (block.length === 0) continue;
    sources.signal?.throwIfAborted();
    await queue.add(readBlock(sources, level.owners[index] ?? NOBODY, block), async (bytes) => {
      await out.append(bytes);
    });
  }
  await queue.drain();
}

function readBlock(
  { parts, files, spool }: BlockSources,
  owner: number,
  block: StoredBlock,
): Promise<Uint8Array> {
  const part = parts[owner];
  return part === undefined ? spool.read(block.offset, block.length) : files.read(part.path, block);
}
