import { z } from 'zod';
import { classSchema } from './class-record.ts';

/** Per split or variant: means over labelled pixels of that split. Shares are 0..1. */
export const scoresSchema = z.object({
  iou: z.number(),
  f1: z.number(),
  precision: z.number(),
  recall: z.number(),
  /** IoU of each class, by class name. */
  perClass: z.record(z.string(), z.number()).optional(),
  pixels: z.int().optional(),
});

/** One file of weights of the same network. */
export const variantSchema = z.object({
  file: z.string(),
  sha256: z.string(),
  bytes: z.int().positive(),
  /** On validation chips, measured at export. */
  scores: scoresSchema.optional(),
  /** Milliseconds per megapixel of input on one CPU thread, measured at export in the same run for all variants. */
  cpuMsPerMegapixel: z.number().positive().optional(),
  /** Share of class pixels that differ from float32 on validation chips. */
  changedShare: z.number().optional(),
});

export const VARIANTS = ['float32', 'int8'] as const;
export type VariantName = (typeof VARIANTS)[number];

/**
 * How pixel values become network inputs; decided once per scene, never from a chip's own values.
 * `scene`: (value - mean) / max(std, 1e-6) with the scene's per-band statistics taken at ingest, clipped at +-clip.
 * `fixed`: value * scale, then (value - mean) / std, per band; scenes of another sample type than `dataType`, where it is
 * given, are refused.
 * In both, pixels without data become 0 after normalisation.
 */
export const normalisationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scene'), clip: z.number().positive() }),
  z.object({
    kind: z.literal('fixed'),
    scale: z.number(),
    mean: z.array(z.number()),
    std: z.array(z.number().positive()),
    dataType: z.string().optional(),
  }),
]);
export type Normalisation = z.infer<typeof normalisationSchema>;

/** `card.json` beside `model.onnx`: everything inference has to know and a person wants to. */
export const modelCardSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  name: z.string(),
  created: z.string(),
  task: z.literal('segmentation'),
  application: z.string(),
  /** Centroid code of the bucket this model is for; null for Mono. */
  bucket: z.string().nullable(),
  classes: z.array(classSchema).min(1),
  background: z.boolean(),
  output: z.object({
    /** `sigmoid`: one channel of logits, the single class against background. `softmax`: a channel per class,
     *  background first where there is one. The networks give logits; the activation is applied after. */
    activation: z.enum(['sigmoid', 'softmax']),
    channels: z.int().positive(),
    /** Logits are divided by this before the activation (temperature scaling on validation). */
    temperature: z.number().positive(),
    /** Sigmoid only: the class is given where the probability exceeds this. */
    threshold: z.number().min(0).max(1),
  }),
  bands: z
    .array(z.object({ name: z.string(), wavelengthMicrometres: z.number().positive().optional() }))
    .min(1),
  input: z.object({
    /** NCHW float32. `fixed` is the only height and width taken; null: any multiple of `multiple`. */
    multiple: z.int().positive(),
    fixed: z.object({ height: z.int().positive(), width: z.int().positive() }).nullable(),
  }),
  normalisation: normalisationSchema,
  gsd: z.object({ metres: z.number().positive(), min: z.number().positive(), max: z.number().positive() }),
  halo: z.object({
    /** Context that is read and dropped on each side, pixels at the working GSD; a multiple of input.multiple. */
    pixels: z.int().nonnegative(),
    /** An input change farther away than `pixels` moved no output probability by more than this, as measured. */
    tolerance: z.number().nonnegative(),
    theoreticalPixels: z.int().nonnegative().nullable(),
  }),
  network: z.object({
    name: z.string(),
    parameters: z.int().nonnegative(),
    gmacAt512: z.number().nonnegative().nullable(),
  }),
  training: z
    .object({
      trainingSet: z.string(),
      seed: z.int(),
      steps: z.int(),
      samples: z.int(),
      seconds: z.number(),
      trainScenes: z.array(z.string()),
      validationScenes: z.array(z.string()),
      /** How it was trained, where it is no plain Mono. */
      recipe: z.string().optional(),
    })
    .nullable(),
  scores: z.record(z.string(), scoresSchema),
  variants: z.object({ float32: variantSchema, int8: variantSchema.optional() }),
  /** Taken on a CPU where the caller does not say. */
  defaultCpuVariant: z.enum(VARIANTS),
  licence: z.string().nullable(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;
