import { z } from 'zod';
import { normalisationSchema } from '../model/card.ts';

/** `encoder.json` beside `encoder.onnx`: how chips become embeddings. */
export const encoderSchema = z.object({
  version: z.literal(1),
  kind: z.enum(['statistics', 'segmentation', 'self-supervised', 'imported']),
  /** Length of an embedding. */
  dims: z.int().positive(),
  /**
   * So many of its first numbers say what is in the chip: what clusters and codes are made of. The others say how the
   * chip looks, and tell scenes that are like no other. Absent: all of them are content.
   */
  contentDims: z.int().positive().optional(),
  /** Side of a chip in pixels of `gsdMetres` on the ground. */
  chipPixels: z.int().positive(),
  gsdMetres: z.number().positive(),
  /** Common names of the bands, in the order of the input's channels. */
  bands: z.array(z.string()).min(1),
  /** As on a model card; pixels without data become 0. */
  normalisation: normalisationSchema,
  /** Of encoder.onnx. */
  sha256: z.string(),
  /** Multiply-adds for one chip, in thousand millions; null where unknown. */
  gmacPerChip: z.number().nullable().default(null),
  seed: z.int().nullable().default(null),
  steps: z.int().nullable().default(null),
  seconds: z.number().nullable().default(null),
  metrics: z.record(z.string(), z.unknown()).default({}),
});
export type Encoder = z.infer<typeof encoderSchema>;
