import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomic } from '../core/atomic-file.ts';
import { usageError } from '../core/errors.ts';
import type { Window } from '../geo/window.ts';
import { NpyWriter } from '../model/npy-writer.ts';
import type { BlockType, SceneReader } from '../raster/pixel-block.ts';

/** `set.json`: chips that an extractor is made from. Beside it chips.npy, valid.npy and scene.npy. */
export const chipSetSchema = z.object({
  version: z.literal(1),
  digest: z.string(),
  gsdMetres: z.number().positive(),
  chipPixels: z.int().positive(),
  bands: z.array(z.string()).min(1),
  /** With the statistics taken at ingest, per band. */
  scenes: z.array(
    z.object({ id: z.string(), place: z.string(), mean: z.array(z.number()), std: z.array(z.number()) }),
  ),
  count: z.int().positive(),
});
export type ChipSet = z.infer<typeof chipSetSchema>;

/** One scene's chips, and how to open its pixels. */
export interface ChipSource {
  readonly windows: readonly Window[];
  open(): Promise<SceneReader>;
}

export interface ChipSetInput {
  /** All but the count; source i is scene i. */
  readonly set: Omit<ChipSet, 'count'>;
  readonly sources: readonly ChipSource[];
  /** Chips with a smaller share of valid pixels are left out. */
  readonly leastValid: number;
  /** Of the arrays; every scene's own type must fit in it. */
  readonly type: BlockType;
}

/**
 * Writes chips.npy (n, bands, side, side) in the scenes' own type and units, valid.npy (n, side, side) uint8, scene.npy
 * (n) int32 and set.json into a folder. Memory: one chip.
 */
export async function writeChipSet(
  folder: string,
  { set, sources, leastValid, type }: ChipSetInput,
  ports: { readonly signal: AbortSignal; onChip(done: number): void },
): Promise<ChipSet> {
  const count = sources.reduce((sum, { windows }) => sum + windows.length, 0);
  const plane = set.chipPixels ** 2;
  const image = plane * set.bands.length;
  const shape = [set.chipPixels, set.chipPixels];
  const chips = await NpyWriter.create(join(folder, 'chips.npy'), type, [count, set.bands.length, ...shape]);
  const valid = await NpyWriter.create(join(folder, 'valid.npy'), 'uint8', [count, ...shape]);
  const scene = await NpyWriter.create(join(folder, 'scene.npy'), 'int32', [count]);
  try {
    let [at, seen] = [0, 0];
    for (const [index, source] of sources.entries()) {
      const reader = await source.open();
      try {
        for (const window of source.windows) {
          ports.signal.throwIfAborted();
          const block = await reader.read(window);
          seen += 1;
          ports.onChip(seen);
          if (block.valid.reduce((sum, one) => sum + one, 0) < leastValid * plane) continue;
          await chips.write(at * image, type === 'float32' ? Float32Array.from(block.data) : block.data);
          await valid.write(at * plane, block.valid);
          await scene.write(at, Int32Array.of(index));
          at += 1;
        }
      } finally {
        reader.close();
      }
    }
    for (const writer of [chips, valid, scene]) await writer.shorten(at);
    if (at === 0) throw noChips();
    const whole = { ...set, count: at };
    await writeJsonAtomic(join(folder, 'set.json'), whole);
    return whole;
  } finally {
    await Promise.all([chips, valid, scene].map((writer) => writer.close()));
  }
}

const noChips = () =>
  usageError('TOO_FEW_CHIPS', 'The scenes hold not one chip with enough data.', {
    hint: 'Take a finer --gsd or smaller chips (--chip).',
  });
