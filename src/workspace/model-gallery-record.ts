import { z } from 'zod';

const hex = z.string().regex(/^[0-9a-f]+$/);

/** IoU on validation places, with an interval over blocks of ground. */
export const galleryScoreSchema = z.object({ iou: z.number(), low: z.number(), high: z.number() });

/** Which model a bucket's chips go to, and why. */
export const galleryBucketSchema = z.object({
  bucket: z.int().nonnegative(),
  /** The bucket's centroid code in the partition. */
  code: hex,
  /** Id of a model of the same application. */
  model: z.string(),
  /** `specialist`: trained for this bucket; `nearest`: the model of the nearest bucket that has one; `mono`: none. */
  decision: z.enum(['specialist', 'nearest', 'mono']),
  /** One sentence, with the numbers that decided. */
  reason: z.string(),
  evidence: z.object({
    chips: z.int().nonnegative(),
    foregroundPixels: z.int().nonnegative(),
    objects: z.int().nonnegative(),
    scenes: z.int().nonnegative(),
  }),
  /** Both on the bucket's validation ground; null where there is none. */
  scores: z.object({ mono: galleryScoreSchema.nullable(), model: galleryScoreSchema.nullable() }),
});

/**
 * `gallery.json`: bucket -> model, for one application and one version of the partition; never changed. Chips that are
 * *unknown* go to Mono whatever their bucket. Written as the last step of a training.
 */
export const modelGallerySchema = z.object({
  version: z.literal(1),
  id: z.string(),
  application: z.string(),
  created: z.string(),
  /** Digest of the partition whose buckets these are. */
  partition: hex,
  recipe: z.string(),
  seed: z.int(),
  /** Digest of the training set. */
  trainingSet: z.string(),
  /** Id of the Mono. */
  mono: z.string(),
  /** Every bucket of the partition, in their order. */
  buckets: z.array(galleryBucketSchema).min(1),
  budget: z.object({ monoSteps: z.int().nonnegative(), specialistSteps: z.int().nonnegative() }),
});
export type ModelGallery = z.infer<typeof modelGallerySchema>;
export type GalleryBucket = ModelGallery['buckets'][number];
