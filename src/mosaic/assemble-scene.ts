import { inputError, toResflowError } from '../core/errors.ts';
import { sidecarSrs } from '../raster/geo-tags.ts';
import type { TiffForm } from '../raster/tiff-header.ts';
import type { Share, Store } from '../storage/store.ts';
import { assembleLayer, type AssembledLayer, type MapGrid } from './assemble-layer.ts';
import { NO_SEAMS, type Seams } from '../tiling/chip-edges.ts';
import { seamBetweenParts } from './border-strips.ts';
import type { LayerSpec } from './layer.ts';
import { dropDamaged, overviewParts } from './overview-parts.ts';
import { PartFiles } from './part-files.ts';
import { readParts, type IndexedPart } from './part-set.ts';
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
  /** Which part of the work is done; absent: all of it. */
  readonly stage?: AssemblyStage | undefined;
  /** Told of the bytes put together of a layer, of so many. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** One share of the layers' bytes and of the seams between regions; or what comes after the last share, quickly. */
export type AssemblyStage = Share | 'seal';

export interface AssembledScene {
  readonly layers: readonly AssembledLayer[];
  /** Of the chip edges that lie between regions, or of the share's; none of the seal. */
  readonly seams: Seams;
}

/**
 * Makes a scene's finished maps out of its part files: one Cloud Optimized GeoTIFF a layer, with sidecars that carry
 * class names. Nothing of the base is decoded. Throws PART_DAMAGED, PARTS_MISSING, PARTS_OVERLAP, PART_MISMATCH,
 * DISK_FULL; a failed layer leaves no file.
 */
export async function assembleScene(assembly: SceneAssembly): Promise<AssembledScene> {
  const { store, grid, blockPixels, stage } = assembly;
  if (stage !== undefined && store.shared === null)
    throw new Error('this store joins by itself, not in shares');
  const files = new PartFiles(store);
  try {
    const outputs = assembly.outputs.map((output) => ({ ...output, spec: specOf(output, assembly) }));
    const describe = async () => {
      const srs = sidecarSrs(grid);
      for (const { key, spec } of outputs) await writeSidecars(store, key, { spec, srs });
    };
    if (stage === 'seal') {
      for (const { key } of outputs) await store.shared?.seal(key);
      await describe();
      return { layers: [], seams: NO_SEAMS };
    }
    const share = stage ?? null;
    const parts = await readParts(files, assembly.parts, { grid, blockPixels });
    const overviews = share === null ? [] : await overviewsOf(outputs, { parts, files, share }, assembly);
    const layers = await writeLayers(outputs, { parts: [...parts, ...overviews], files, share }, assembly);
    if (share === null) {
      // What shares have left, where an assembly began with several workers and ends with one.
      for (const { key } of outputs) await store.shared?.clear(key);
      await describe();
    }
    const blendPixels = assembly.blendPixels ?? 0;
    return { layers, seams: await seamBetweenParts(files, parts, { blendPixels, share }) };
  } catch (error) {
    await dropDamaged(error, store, assembly.outputs);
    throw toResflowError(error);
  } finally {
    await files.close();
  }
}

/** Parts with the overviews above the regions, which all shares make together. */
async function overviewsOf(
  outputs: readonly WantedLayer[],
  from: { readonly parts: readonly IndexedPart[]; readonly files: PartFiles; readonly share: Share },
  { store, grid: { width, height }, blockPixels, signal }: SceneAssembly,
): Promise<IndexedPart[]> {
  const [first] = outputs;
  const { shared } = store;
  if (first === undefined || shared === null) return [];
  const layers = outputs.map(({ spec }) => spec);
  const shape = { grid: { width, height }, blockPixels };
  return overviewParts({ ...from, store, shared, layers, shape, beside: first.key, signal });
}

type Output = SceneAssembly['outputs'][number];
type WantedLayer = Output & { readonly spec: LayerSpec };

function specOf({ name, key }: Output, { layers }: SceneAssembly): LayerSpec {
  const spec = layers.find((layer) => layer.name === name);
  if (spec !== undefined) return spec;
  throw inputError('LAYER_UNKNOWN', `There is no layer ${name} to write to ${key}.`, {
    hint: `Layers of this map: ${layers.map((layer) => layer.name).join(', ')}.`,
  });
}

/** All layers, or one share of each. */
async function writeLayers(
  outputs: readonly WantedLayer[],
  from: { readonly parts: readonly IndexedPart[]; readonly files: PartFiles; readonly share: Share | null },
  { store, grid, blockPixels, metadata, form = null, signal, progress }: SceneAssembly,
): Promise<AssembledLayer[]> {
  const rest = { ...from, grid, blockPixels, metadata, form, signal, progress };
  const done = await Promise.allSettled(
    outputs.map(({ key, spec }) => assembleLayer(store, key, { ...rest, spec })),
  );
  // Only now, so that nothing is still being written where one has failed.
  return done.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
