import { z } from 'zod';
import { classSchema } from '../model/class-record.ts';
import { SPLITS } from './scene-record.ts';

/**
 * One scene of a training set, at the working GSD. Arrays are NumPy files beside set.json:
 * `image` (bands, height, width) in the source's type; `labels` (height, width) uint8, class id or 255 for no statement;
 * `valid` (height, width) uint8, 1 where the image holds data. `mean` and `std` are the scene's statistics taken at ingest.
 */
export const trainingSceneSchema = z.object({
  id: z.string(),
  place: z.string(),
  split: z.enum(SPLITS),
  image: z.string(),
  labels: z.string(),
  valid: z.string(),
  dtype: z.enum(['uint8', 'uint16', 'int16', 'float32']),
  height: z.int().positive(),
  width: z.int().positive(),
  mean: z.array(z.number()),
  std: z.array(z.number()),
  labelledPixels: z.int().nonnegative(),
  /** Pixels of each class id, index 0 being background. */
  classPixels: z.array(z.int().nonnegative()),
});

/** A chip of a training set: a window of one scene's arrays (`scene` is its id), with what it holds. */
export const trainingChipSchema = z.object({
  id: z.string(),
  scene: z.string(),
  x: z.int().nonnegative(),
  y: z.int().nonnegative(),
  width: z.int().positive(),
  height: z.int().positive(),
  labelled: z.int().nonnegative(),
  /** Pixels of each class id, index 0 being background. */
  classPixels: z.array(z.int().nonnegative()),
});
export type TrainingChip = z.infer<typeof trainingChipSchema>;

/** `set.json`. The chips are in `chips.jsonl` beside it, one record a line. */
export const trainingSetSchema = z.object({
  version: z.literal(1),
  digest: z.string(),
  application: z.string(),
  created: z.string(),
  gsdMetres: z.number().positive(),
  gsdRange: z.object({ min: z.number().positive(), max: z.number().positive() }),
  bands: z.array(z.string()),
  classes: z.array(classSchema),
  background: z.boolean(),
  loss: z.enum(['cross-entropy', 'cross-entropy+dice']),
  chipPixels: z.int().positive(),
  scenes: z.array(trainingSceneSchema).min(1),
});
export type TrainingSet = z.infer<typeof trainingSetSchema>;
