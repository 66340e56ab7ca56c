import { z } from 'zod';
import { VARIANTS, normalisationSchema } from '../model/card.ts';
import { unknownRuleSchema } from './partition-record.ts';

const hex = z.string().regex(/^[0-9a-f]+$/);

/**
 * `routings/<digest>.json`: all that decides which model maps which ground in a routed run, so that tasks need to name
 * its digest only. Never changed.
 */
export const routingSchema = z.object({
  version: z.literal(1),
  application: z.string(),
  /** Id of the gallery of models it was made from. */
  gallery: z.string(),
  /** What gives a chip its bucket; of one version of the partition. */
  partition: z.object({
    digest: hex,
    gsdMetres: z.number().positive(),
    chipPixels: z.int().positive(),
    leastValid: z.number(),
    bands: z.array(z.string()).min(1),
    encoder: z.object({ sha256: hex, normalisation: normalisationSchema }),
    hash: z.object({ bits: z.int().positive(), sha256: hex }),
    /** What marks chips as unknown; where the partition has no rule for looks, more bits than these to the centroid. */
    farBits: z.int(),
    unknown: unknownRuleSchema.optional(),
  }),
  /** Ground is routed in cells of this side, in pixels of the working grid. */
  cellPixels: z.int().positive(),
  /** Ground whose margin is below so many bits is mapped by the models of its two nearest buckets; absent: none is. */
  softBits: z.int().positive().optional(),
  /** A cell goes to a model whose bucket is so many bits farther where that saves a cell's arithmetic; absent: none does. */
  yieldBits: z.int().positive().optional(),
  /** Each model once; the first is Mono, to which go chips that are unknown. */
  models: z
    .array(
      z.object({
        id: z.string(),
        /** Relative to the workspace. */
        folder: z.string(),
        variant: z.enum(VARIANTS),
        sha256: hex,
        haloPixels: z.int().nonnegative(),
        /** Arithmetic of a pixel, in any unit: what rectangles of cells are chosen by. */
        cost: z.number().positive(),
      }),
    )
    .min(1),
  /** Every bucket: its centroid code, and the place of its model in `models`. */
  buckets: z
    .array(z.object({ bucket: z.int().nonnegative(), code: hex, model: z.int().nonnegative() }))
    .min(1),
});
export type Routing = z.infer<typeof routingSchema>;
export type RoutedModel = Routing['models'][number];
