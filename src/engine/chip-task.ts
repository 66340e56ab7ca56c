import { z } from 'zod';
import { ID_PATTERN, INNER_PATH_PATTERN } from '../core/ids.ts';

export const windowSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive(),
  height: z.int().positive(),
});

/** A network in the workspace: its folder, relative to it, and the SHA-256 of its ONNX file. */
const networkSchema = z.object({ folder: z.string().regex(INNER_PATH_PATTERN), sha256: z.string() });

/** Decides which chips a region has, together with the scene. Part of the task's identity. */
export const chipParametersSchema = z.object({
  /** Side of a chip in grid pixels; chips lie side by side from the grid's origin. */
  chipPixels: z.int().positive(),
  gsdMetres: z.number().positive(),
  /** Chips with a smaller share of valid pixels are left out. */
  leastValid: z.number().min(0).max(1),
});
export type ChipParameters = z.infer<typeof chipParametersSchema>;

/** The chips of one region of one scene, to be embedded, or (with `hash`) given their codes. */
export const chipTaskSchema = z.object({
  version: z.literal(1),
  kind: z.literal('chip-region'),
  id: z.string().regex(ID_PATTERN),
  scene: z.string().regex(ID_PATTERN),
  /** Bands of the scene's file, from 1, in the order the encoder gets them. */
  bands: z.array(z.int().positive()).min(1),
  /** On the working grid, whole chips; may hang over the grid's edges. */
  window: windowSchema,
  encoder: networkSchema,
  hash: networkSchema.extend({ bits: z.int().positive() }).nullable(),
  /** `looks.bin` beside the hash network, that chips are also compared with: by the last `dims` numbers of an embedding. */
  looks: z.object({ sha256: z.string(), dims: z.int().positive() }).nullable().default(null),
  /** The task that embeds these chips: where it is done, its part is read instead of pixels. */
  embeddedBy: z.string().regex(ID_PATTERN).nullable(),
  parameters: chipParametersSchema,
});
export type ChipTask = z.infer<typeof chipTaskSchema>;

/** What a finished region of chips leaves in its marker, and what its result says. */
export const chipTaskReportSchema = z.object({
  task: z.string(),
  partBytes: z.int(),
  partSha256: z.string(),
  chips: z.int(),
  chipsSkipped: z.int(),
  seconds: z.object({ total: z.number(), read: z.number(), inference: z.number() }),
  peakMemoryMiB: z.number(),
});
export type ChipTaskReport = z.infer<typeof chipTaskReportSchema>;
