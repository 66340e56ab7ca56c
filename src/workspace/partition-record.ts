import { z } from 'zod';
import { normalisationSchema } from '../model/card.ts';
import { sourceIdentitySchema } from '../raster/source-record.ts';

const hex = z.string().regex(/^[0-9a-f]+$/);

/** One bucket: its number, and the centroid code that names it (hexadecimal, bit 0 first). */
export const bucketSchema = z.object({
  bucket: z.int().nonnegative(),
  code: hex,
  /** The clusters it came from: several where the hash network gives them one code. Absent: that of its number. */
  clusters: z.array(z.int().nonnegative()).optional(),
  /** Chips of the fit that the bucket got, and the mean squared distance of their embeddings to their mean. */
  chips: z.int().nonnegative(),
  variance: z.number().nullable(),
  /** Share of the fit's held-out and other chips in this bucket; what added scenes are compared with. */
  share: z.number(),
});

/** How the number of clusters was found. */
export const clusterChoiceSchema = z.object({
  clusters: z.int().positive(),
  chosenBy: z.enum(['elbow', 'user']),
  elbow: z.int().positive(),
  curve: z.array(z.object({ clusters: z.int(), variance: z.number(), silhouette: z.number() })),
  /** Lloyd's passes after Ward's clustering, and the share of chips that they gave another cluster. */
  settled: z.object({ passes: z.int(), moved: z.number() }).optional(),
  /** Chips that were clustered, and chips of the fit in all. */
  sampled: z.int(),
  chips: z.int(),
});

/**
 * How well the codes tell clusters apart, on held-out chips of the sample, looked up among those that were trained on:
 * chips of whole places where that was possible, and then `byChip` on chips held out at random beside them.
 */
export const partitionQualitySchema = z.object({
  heldOut: z.object({ by: z.enum(['place', 'chip']), places: z.array(z.string()), chips: z.int() }),
  mapAt20OverHits: z.number().nullable(),
  mapStandard: z.number().nullable(),
  /** Share of chips whose bucket is not their cluster's. */
  bucketNotCluster: z.object({ heldOut: z.number().nullable(), all: z.number() }),
  byChip: z
    .object({
      chips: z.int(),
      mapAt20OverHits: z.number().nullable(),
      mapStandard: z.number().nullable(),
      notCluster: z.number().nullable(),
    })
    .optional(),
  bits: z.object({
    balance: z.tuple([z.number(), z.number(), z.number()]),
    correlation: z.object({ mean: z.number(), max: z.number() }),
    distinctCodes: z.int(),
  }),
  /** 99 of 100 chips of the fit lie within this many bits of their centroid: what is farther counts as far. */
  farBits: z.int(),
});

/**
 * What marks a chip as unlike everything that the partition was fitted on: the last `dims` numbers of its embedding are
 * farther than `limit` (Euclidean) from those of every known chip, `count` of them in `looks.bin` (float32).
 */
export const unknownRuleSchema = z.object({
  sha256: hex,
  count: z.int().positive(),
  dims: z.int().positive(),
  limit: z.number(),
  /** Share of the fit's chips that are not marked, each compared with the others. */
  knownShare: z.number(),
});
export type UnknownRule = z.infer<typeof unknownRuleSchema>;

/**
 * `partition.json`: one version of the partition, never changed. `digest` covers what decides a chip's code and bucket:
 * the grid, the encoder, the hash network, the centroid codes and the known looks.
 */
export const partitionSchema = z.object({
  version: z.literal(1),
  digest: hex,
  created: z.string(),
  seed: z.int(),
  gsdMetres: z.number().positive(),
  chipPixels: z.int().positive(),
  leastValid: z.number(),
  bands: z.array(z.string()).min(1),
  encoder: z.object({
    kind: z.string(),
    dims: z.int().positive(),
    sha256: hex,
    normalisation: normalisationSchema,
    gmacPerChip: z.number().nullable(),
  }),
  hash: z.object({ bits: z.int().positive(), sha256: hex }),
  clusters: clusterChoiceSchema,
  buckets: z.array(bucketSchema).min(1),
  quality: partitionQualitySchema,
  /** Absent in records of before there was one. */
  unknown: unknownRuleSchema.optional(),
  /** What the partition was fitted on. */
  scenes: z.array(z.object({ id: z.string(), place: z.string(), chips: z.int() })),
});
export type Partition = z.infer<typeof partitionSchema>;

/** `scene.json` beside a scene's chips. `source` tells whether the scene has become another one since. */
export const sceneChipsSchema = z.object({
  version: z.literal(1),
  partition: hex,
  scene: z.string(),
  place: z.string(),
  acquired: z.string().nullable(),
  href: z.string(),
  source: sourceIdentitySchema,
  chips: z.int().nonnegative(),
  chipsSkipped: z.int().nonnegative(),
  /** Bytes of a code. */
  codeBytes: z.int().positive(),
  /** Chips in each bucket, and chips that are far from their centroid. */
  buckets: z.array(z.int()),
  far: z.int(),
  /** Chips that are unlike everything in the fit; absent where the partition has no rule for that. */
  unknown: z.int().optional(),
});
export type SceneChips = z.infer<typeof sceneChipsSchema>;
