import { inputError } from '../core/errors.ts';
import type { ChipTask } from '../engine/chip-task.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { Window } from '../geo/window.ts';
import type { Normalisation } from '../model/card.ts';
import { createNormaliser, normaliseInto, type BandStatistics } from '../model/normalise.ts';
import type { VectorNetwork } from '../model/vector-network.ts';
import type { PixelBlock, SceneReader } from '../raster/pixel-block.ts';
import type { PlacedChip } from './chip-part.ts';
import { chipId, chipsOf } from './plan-chip-tasks.ts';

/** Which chips of which scene. */
export type EmbedRegion = Pick<ChipTask, 'scene' | 'window' | 'bands' | 'parameters'>;

export interface EmbedInput {
  readonly task: EmbedRegion;
  readonly grid: WorkingGrid;
  readonly normalisation: Normalisation;
  /** The scene's statistics of the task's bands, taken at ingest. */
  readonly statistics: BandStatistics;
}

export interface EmbedPorts {
  readonly reader: SceneReader;
  readonly encoder: VectorNetwork;
  progress(chips: number, chipsTotal: number): void;
}

export interface EmbeddedChips {
  readonly chips: readonly PlacedChip[];
  readonly skipped: number;
  /** (chips, dims). */
  readonly embeddings: Float32Array;
  readonly seconds: { readonly read: number; readonly inference: number };
}

/**
 * Embeds the chips of one region: reads each row of chips once at the gallery's GSD, normalises as training and
 * inference do, and runs the encoder on a row at a time (one by one where it takes no more). Chips with too few valid
 * pixels are left out. Throws input error EMBEDDING_NOT_FINITE, naming the chip.
 */
export async function embedChips(input: EmbedInput, ports: EmbedPorts): Promise<EmbeddedChips> {
  const { task, grid } = input;
  const all = chipsOf(grid, task.window, task.parameters.chipPixels);
  const normaliser = createNormaliser(
    input.normalisation,
    input.statistics,
    task.bands.length,
    ports.reader.type,
  );
  const chips: PlacedChip[] = [];
  const vectors: Float32Array[] = [];
  const seconds = { read: 0, inference: 0 };
  let done = 0;
  for (const row of rowsOf(all)) {
    const start = performance.now();
    const block = await ports.reader.read(row.window);
    const middle = performance.now();
    seconds.read += (middle - start) / 1000;
    const kept = row.chips
      .map((window) => ({ window, valid: validShare(block, window) }))
      .filter(({ valid }) => isFull(valid, task.parameters.leastValid));
    const images = kept.map(({ window }) => {
      const image = new Float32Array(task.bands.length * window.width * window.height);
      normaliseInto(image, block, normaliser, window);
      return image;
    });
    vectors.push(await encode(ports.encoder, images, [task.bands.length, ...sides(task)]));
    chips.push(...kept.map(({ window: { x, y }, valid }) => ({ x, y, valid })));
    seconds.inference += (performance.now() - middle) / 1000;
    done += row.chips.length;
    ports.progress(done, all.length);
  }
  const embeddings = join(vectors);
  refuseNotFinite(embeddings, task.scene, chips);
  return { chips, skipped: all.length - chips.length, embeddings, seconds };
}

/** Whether a chip holds enough data to be embedded. */
export const isFull = (valid: number, leastValid: number): boolean => valid > 0 && valid >= leastValid;

const sides = ({ parameters: { chipPixels } }: EmbedRegion): [number, number] => [chipPixels, chipPixels];

function rowsOf(chips: readonly Window[]): { window: Window; chips: Window[] }[] {
  const rows = new Map<number, Window[]>();
  for (const chip of chips) rows.set(chip.y, [...(rows.get(chip.y) ?? []), chip]);
  return [...rows.values()].map((row) => {
    const [first, last] = [row[0], row.at(-1)];
    if (first === undefined || last === undefined) throw new Error('a row without chips');
    return { window: { ...first, width: last.x + last.width - first.x }, chips: row };
  });
}

/** Share of a chip's pixels that hold data; those beyond the grid do not. */
export function validShare(block: PixelBlock, chip: Window): number {
  let valid = 0;
  for (let y = chip.y; y < chip.y + chip.height; y += 1) {
    const start = (y - block.window.y) * block.window.width + (chip.x - block.window.x);
    for (let i = start; i < start + chip.width; i += 1) valid += block.valid[i] as number;
  }
  return valid / (chip.width * chip.height);
}

async function encode(
  encoder: VectorNetwork,
  images: readonly Float32Array[],
  shape: readonly number[],
): Promise<Float32Array> {
  const vectors: Float32Array[] = [];
  const together = encoder.batch ?? Math.max(1, images.length);
  for (let from = 0; from < images.length; from += together) {
    const group = images.slice(from, from + together);
    // An encoder of a fixed batch gets the last image again to fill it.
    while (encoder.batch !== null && group.length < encoder.batch) group.push(group.at(-1) as Float32Array);
    const { data, dims } = await encoder.run(join(group), [group.length, ...shape]);
    vectors.push(data.slice(0, Math.min(together, images.length - from) * dims));
  }
  return join(vectors);
}

function join(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Throws input error EMBEDDING_NOT_FINITE, naming the chip, where a vector is not of numbers. */
export function refuseNotFinite(
  embeddings: Float32Array,
  scene: string,
  chips: readonly { readonly x: number; readonly y: number }[],
): void {
  const bad = embeddings.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const dims = embeddings.length / chips.length;
  const chip = chips[Math.floor(bad / dims)];
  const name = chip === undefined ? scene : chipId(scene, chip);
  throw inputError(
    'EMBEDDING_NOT_FINITE',
    `The encoder gives ${String(embeddings[bad])} at position ${bad % dims} of ${dims} for chip ${name}.`,
    {
      hint: 'It is damaged or was not made for such pixels; take another --extractor.',
      context: { chip: name, position: bad % dims },
    },
  );
}
