import { join } from 'node:path';
import type { z } from 'zod';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { NO_CLASS } from '../model/class-record.ts';
import type { PixelBlock, SceneReader } from '../raster/pixel-block.ts';
import type { SceneBand, SceneItem, Split } from '../workspace/scene-record.ts';
import type { BlockSplit } from '../workspace/split-record.ts';
import type { TrainingChip, trainingSceneSchema } from '../workspace/training-set-record.ts';
import { NpyWriter } from '../model/npy-writer.ts';
import { blockAllows } from './plan-split.ts';

/** Side of a chip, and of the strips arrays are written by. */
export const CHIP_PIXELS = 256;

export type TrainingScene = z.infer<typeof trainingSceneSchema>;

/** A scene that is to become arrays: whole in one split, or cut into blocks. */
export interface PlannedScene {
  readonly item: SceneItem;
  /** In the application's order. */
  readonly bands: readonly SceneBand[];
  readonly grid: WorkingGrid;
  readonly split: Split | BlockSplit;
  /** Taken for its pixels only: whatever is labelled there, no label is read. */
  readonly unlabelled?: true;
}

/** The splits a scene's labels are used in, test left out. */
export const trainedSplits = (split: PlannedScene['split']): Split[] =>
  (typeof split === 'string'
    ? [split]
    : (['train', 'validation'] as const).filter((name) => split.splits.includes(name))
  ).filter((name) => name !== 'test');

export interface SceneSources {
  readonly reader: SceneReader;
  /** Class ids of a window, 255 for no statement. */
  readonly rasterise: (window: Window) => Promise<Uint8Array>;
}

export interface WriteOptions {
  readonly folder: string;
  /** Class ids go from 0 to this. */
  readonly highestClass: number;
  readonly signal: AbortSignal;
  readonly onPixels: (pixels: number) => void;
}

interface Part {
  readonly id: string;
  readonly split: Split;
  readonly labels: NpyWriter;
  readonly labelsFile: string;
  readonly classPixels: number[];
}

/**
 * Writes one scene's arrays at the working GSD, strip by strip: image (bands, height, width), validity, and labels once
 * for each split it is used in; pixels without data carry no label. Memory: one strip of 256 rows.
 */
export async function writeSceneArrays(
  scene: PlannedScene,
  sources: SceneSources,
  options: WriteOptions,
): Promise<{ scenes: TrainingScene[]; chips: TrainingChip[] }> {
  const { item, bands, grid } = scene;
  const { type } = sources.reader;
  const shape = [grid.height, grid.width];
  const open: NpyWriter[] = [];
  const create = async (file: string, ...array: [typeof type, readonly number[]]) => {
    const writer = await NpyWriter.create(join(options.folder, file), ...array);
    open.push(writer);
    return writer;
  };
  try {
    const image = await create(`${item.id}.image.npy`, type, [bands.length, ...shape]);
    const valid = await create(`${item.id}.valid.npy`, 'uint8', shape);
    const parts = await Promise.all(
      partsOf(scene).map(async (part): Promise<Part> => {
        const labels = await create(part.labelsFile, 'uint8', shape);
        return { ...part, labels, classPixels: new Array<number>(options.highestClass + 1).fill(0) };
      }),
    );
    const chips: TrainingChip[] = [];
    for (let y = 0; y < grid.height; y += CHIP_PIXELS) {
      options.signal.throwIfAborted();
      const window = { x: 0, y, width: grid.width, height: Math.min(CHIP_PIXELS, grid.height - y) };
      const [block, labels] = await Promise.all([sources.reader.read(window), sources.rasterise(window)]);
      await writeBlock(block, { image, valid, grid });
      for (const part of parts)
        chips.push(...(await writeLabels(part, scene, { window, labels, valid: block.valid })));
      options.onPixels(window.width * window.height);
    }
    return { scenes: parts.map((part) => recordOf(scene, part, type)), chips };
  } finally {
    await Promise.all(open.map((writer) => writer.close()));
  }
}

/** The scenes of a training set that a planned scene becomes: itself, or one for each split that its blocks are used in. */
export function partsOf({ item, split }: PlannedScene): Pick<Part, 'id' | 'split' | 'labelsFile'>[] {
  if (typeof split === 'string') return [{ id: item.id, split, labelsFile: `${item.id}.labels.npy` }];
  return trainedSplits(split).map((name) => ({
    id: `${item.id}.${name}`,
    split: name,
    labelsFile: `${item.id}.${name}.labels.npy`,
  }));
}

async function writeBlock(
  block: PixelBlock,
  to: { image: NpyWriter; valid: NpyWriter; grid: WorkingGrid },
): Promise<void> {
  const { width, height, y } = block.window;
  const area = width * height;
  const start = y * width;
  for (let band = 0; band < block.bands; band++) {
    await to.image.write(
      band * to.grid.width * to.grid.height + start,
      block.data.subarray(band * area, (band + 1) * area),
    );
  }
  await to.valid.write(start, block.valid);
}

async function writeLabels(
  part: Part,
  scene: PlannedScene,
  strip: { window: Window; labels: Uint8Array; valid: Uint8Array },
): Promise<TrainingChip[]> {
  const { window, valid } = strip;
  const labels = Uint8Array.from(strip.labels);
  const { split } = scene;
  for (let i = 0; i < labels.length; i++) {
    const pixel = { x: i % window.width, y: window.y + Math.floor(i / window.width) };
    if (valid[i] === 0 || (typeof split !== 'string' && !blockAllows(split, part.split, pixel)))
      labels[i] = NO_CLASS;
  }
  await part.labels.write(window.y * window.width, labels);
  return chipsOf(part, window, labels);
}

/** The chips of one strip, with what they hold; also adds to the part's counts. */
function chipsOf(part: Part, window: Window, labels: Uint8Array): TrainingChip[] {
  const chips: TrainingChip[] = [];
  for (let x = 0; x < window.width; x += CHIP_PIXELS) {
    const width = Math.min(CHIP_PIXELS, window.width - x);
    const classPixels = part.classPixels.map(() => 0);
    for (let row = 0; row < window.height; row++) {
      for (let i = row * window.width + x; i < row * window.width + x + width; i++) {
        const id = labels[i] ?? NO_CLASS;
        if (id !== NO_CLASS) classPixels[id] = (classPixels[id] ?? 0) + 1;
      }
    }
    const labelled = classPixels.reduce((sum, n) => sum + n, 0);
    classPixels.forEach((n, id) => (part.classPixels[id] = (part.classPixels[id] ?? 0) + n));
    const place = { scene: part.id, x, y: window.y, width, height: window.height };
    chips.push({ id: `${part.id}/${window.y}-${x}`, ...place, labelled, classPixels });
  }
  return chips;
}

function recordOf(
  { item, bands, grid }: PlannedScene,
  part: Part,
  dtype: TrainingScene['dtype'],
): TrainingScene {
  return {
    id: part.id,
    place: item.properties['resflow:place'],
    split: part.split,
    image: `${item.id}.image.npy`,
    labels: part.labelsFile,
    valid: `${item.id}.valid.npy`,
    dtype,
    height: grid.height,
    width: grid.width,
    mean: bands.map((band) => band.statistics.mean),
    std: bands.map((band) => band.statistics.stddev),
    labelledPixels: part.classPixels.reduce((sum, n) => sum + n, 0),
    classPixels: part.classPixels,
  };
}
