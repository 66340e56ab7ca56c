import { z } from 'zod';

/**
 * A part file: what one region gives to its scene's layers.
 *
 *   16 bytes   PART_MAGIC, version as uint32, 4 bytes of 0
 *   blocks     compressed, ready to be copied into a TIFF
 *   borders    what chips predict along the region's border, uint16: little of it, and nothing that compression would shorten
 *   shares     of the overviews above the region, of all layers
 *   index      JSON, partIndexSchema
 *   24 bytes   offset of the index (uint64), its length and CRC-32 (uint32 each), PART_END
 *
 * Numbers are little-endian. A file without its end was cut off.
 */
export const PART_MAGIC = 'RESFPART';
export const PART_END = 'RESFPEND';
export const PART_VERSION = 3;
export const PART_HEAD_BYTES = 16;
export const PART_TAIL_BYTES = 24;

const count = z.int().nonnegative();
/** By one loop: a part has hundreds of them, and each share of an assembly reads those of all parts. */
const counts = z.custom<number[]>(
  (value) => Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0),
);

/**
 * A rectangle of blocks, or of halves of blocks, of one level, row by row; places are counted in blocks from the grid's
 * corner. `entries` holds offset, length and CRC-32 of each; all three 0: nothing but no-data, nothing stored.
 */
const blockTableSchema = z.object({
  level: count,
  column: count,
  row: count,
  columns: count,
  rows: count,
  entries: counts,
});
export type BlockTable = z.infer<typeof blockTableSchema>;

/** What one chip predicts along an edge that it shares with a chip of another region (EdgeStrip), and where it is stored. */
const borderSchema = z.object({
  axis: z.enum(['column', 'row']),
  at: count,
  start: count,
  length: z.int().positive(),
  side: z.enum(['before', 'after']),
  channels: z.int().positive(),
  model: count.optional(),
  stored: z.object({ offset: count, length: count, crc: count }),
});
export type PartBorder = z.infer<typeof borderSchema>;

export const partIndexSchema = z.object({
  version: z.literal(PART_VERSION),
  grid: z.object({ width: z.int().positive(), height: z.int().positive() }),
  window: z.object({ x: count, y: count, width: z.int().positive(), height: z.int().positive() }),
  blockPixels: z.int().positive(),
  layers: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['class', 'mean']),
      noData: z.int().min(0).max(255),
      /** Levels whose blocks this region completes by itself, base first. */
      levels: z.array(blockTableSchema).min(1),
      /**
       * The share in the level above, whose blocks other regions complete: of each block of the last level its half-size
       * picture, compressed alike; null where the last level is the scene's last.
       */
      share: blockTableSchema.nullable(),
    }),
  ),
  /** For the seam score; the map itself needs none of it. */
  borders: z.array(borderSchema),
});
export type PartIndex = z.infer<typeof partIndexSchema>;
export type PartLayer = PartIndex['layers'][number];
