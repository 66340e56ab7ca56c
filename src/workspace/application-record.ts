import { z } from 'zod';
import { classSchema } from '../model/class-record.ts';

/**
 * One mapping task. With `background`, id 0 ("none of the classes") is a class of its own: one class plus background
 * is the binary case (one sigmoid output); everything else is softmax, over background (if any) and the classes in order.
 */
export const applicationSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  created: z.string(),
  classes: z.array(classSchema).min(1),
  background: z.boolean(),
  /** Common names of the bands, in the order the networks get them. */
  bands: z.array(z.string()).min(1),
  /** Working GSD, metres on the ground. */
  gsdMetres: z.number().positive(),
  /** Scenes are accepted (resampled while read) with ground GSD from `min` to `max` metres. */
  gsdRange: z.object({ min: z.number().positive(), max: z.number().positive() }),
  loss: z.enum(['cross-entropy', 'cross-entropy+dice']),
  /** Objects smaller than this (square metres on the ground) are left out of object scores. */
  minObjectM2: z.number().nonnegative(),
});
export type Application = z.infer<typeof applicationSchema>;
