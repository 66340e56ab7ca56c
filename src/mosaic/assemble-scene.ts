import { inputError, toResflowError } from '../core/errors.ts';
import { sidecarSrs } from '../raster/geo-tags.ts';
import type { TiffForm } from '../raster/tiff-header.ts';
import type { Share, Store } from '../storage/store.ts';
import { assembleLayer, type AssembledLayer, type MapGrid } from './assemble-layer.ts';
import { NO_SEAMS, type Seams } from '../tiling/chip-edges.ts';
import { seamBetweenParts } from './border-strips.ts';
import type { LayerSpec } from './layer.ts';
import { readParts } from './part-set.ts';
import { writeSidecars } from './sidecars.ts';

export interface SceneAssembly {
  /** Where parts lie and the map goes. */
  readonly store: Store;
  /** Keys of the parts of all regions, in any order; together they cover the grid exactly once. */
  readonly parts: readonly string[];
  readonly grid: MapGrid;
  readonly blockPixels: number;
  readonly layers: readonly LayerSpec[];
  /** Where each layer goes. */
  readonly outputs: readonly { readonly name: string; readonly key: string }[];
  /** Written into the files, as GDAL metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** null or absent: classic TIFF below 4 GiB, else BigTIFF. */
  readonly form?: TiffForm | null;
  /** Of maps by several models, which blend so far on both sides of their borders. */
  readonly blendPixels?: number;
  /** Its reason is thrown where it is aborted; nothing unfinished is left. */
  readonly signal?: AbortSignal;
  /** Which part of the work is done: one share of the layers' bytes, or all that comes after the last; absent: everything. */
  readonly stage?: AssemblyStage | undefined;
  /** Told of the bytes put together of a layer, of so many. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

export type AssemblyStage = Share | 'seal';

export interface AssembledScene {
  readonly layers: readonly AssembledLayer[];
  /** Of the chip edges that lie between regions. */
  readonly seams: Seams;
}

/**
 * Makes a scene's finished maps out of its part files: one Cloud Optimized GeoTIFF a layer, with sidecars that carry
 * class names. Nothing of the base is decoded. Throws PART_DAMAGED, PARTS_MISSING, PARTS_OVERLAP, PART_MISMATCH,
 * DISK_FULL; a failed layer leaves no file.
 */
export async function assembleScene(assembly: SceneAssembly): Promise<AssembledScene> {
  const { store, grid, blockPixels, metadata, form = null, signal, progress, stage } = assembly;
  if (stage !== undefined && store.shared === null)
    throw new Error('this store joins by itself, not in shares');
  try {
    const parts = await readParts(store, assembly.parts, { grid, blockPixels });
    const srs = sidecarSrs(grid);
    const done: AssembledLayer[] = [];
    for (const { name, key } of assembly.outputs) {
      const spec = assembly.layers.find((layer) => layer.name === name);
      if (spec === undefined) {
        throw inputError('LAYER_UNKNOWN', `There is no layer ${name} to write to ${key}.`, {
          hint: `Layers of this map: ${assembly.layers.map((layer) => layer.name).join(', ')}.`,
        });
      }
      const share = stage === 'seal' ? null : stage;
      const layer = { parts, grid, blockPixels, spec, metadata, form, signal, progress, share };
      if (stage === 'seal') await store.shared?.seal(key);
      else done.push(await assembleLayer(store, key, layer));
      if (stage === undefined || stage === 'seal') await writeSidecars(store, key, { spec, srs });
    }
    const seams =
      stage === undefined || stage === 'seal'
        ? await seamBetweenParts(store, parts, assembly.blendPixels ?? 0)
        : NO_SEAMS;
    return { layers: done, seams };
  } catch (error) {
    throw toResflowError(error);
  }
}
