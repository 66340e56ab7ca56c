import { z } from 'zod';
import { mapParametersSchema } from '../engine/protocol.ts';
import { VARIANTS } from '../model/card.ts';

export const RUN_STATUSES = ['running', 'done', 'failed', 'interrupted', 'cancelled'] as const;

/** Why a task or a scene failed: an error's code, message, hint and context, as `--json` prints them. */
export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  context: z.record(z.string(), z.unknown()),
});
export type Failure = z.infer<typeof failureSchema>;

export const runSceneSchema = z.object({
  scene: z.string(),
  status: z.enum(['pending', 'done', 'failed']),
  regions: z.int().nonnegative(),
  /** Absolute paths, or s3:// addresses, of the published layers, once done. */
  layers: z.record(z.string(), z.string()),
  /** Path of the map's STAC Item, once done. */
  item: z.string().nullable(),
  seamScore: z.number().nullable(),
  /** As the run's; absent where one model maps everything. */
  seamScoreBorders: z.number().nullable().optional(),
  failures: z.array(failureSchema.extend({ task: z.string().nullable() })),
});

/** What a run says of the gallery of models that it maps with; `model` is its Mono then. */
export const runGallerySchema = z.object({
  id: z.string(),
  /** Digests of the partition, and of the record that says which bucket goes to which model. */
  partition: z.string(),
  routing: z.string(),
  models: z.array(z.object({ id: z.string(), variant: z.enum(VARIANTS), sha256: z.string() })),
  /** Ground of a smaller margin, in bits, has two models; 0: none has. */
  softBits: z.int().nonnegative().default(0),
  /** Bits that a cell's arithmetic is worth; 0: every cell had its own bucket's model. */
  yieldBits: z.int().nonnegative().default(0),
  /** Cells of ground mapped so far, of each bucket. */
  buckets: z.array(
    z.object({ bucket: z.int(), code: z.string(), model: z.string(), chips: z.int().nonnegative() }),
  ),
  /** Of no bucket, and with too little data to tell; both go to Mono, the latter also to a neighbour's model. */
  unknownChips: z.int().nonnegative(),
  uncodedChips: z.int().nonnegative(),
  /** Of any bucket, mapped by a neighbour's model to save arithmetic. */
  yieldedChips: z.int().nonnegative().default(0),
  /** Share of the workers' time that went into embedding, hashing and assigning. */
  routingShare: z.number().nullable(),
  /** Step of probability that the border between two models adds, after blending; and how far they are apart there. */
  seamScoreBorders: z.number().nullable(),
  borderDifference: z.number().nullable(),
  /** Whole step of probability of the map across an edge, with what the ground itself changes: where chips of one model meet, and where two do. */
  steps: z
    .object({ inside: z.number().nullable(), borders: z.number().nullable() })
    .default({ inside: null, borders: null }),
});
export type RunGallery = z.infer<typeof runGallerySchema>;

/** `run.json`: one recorded execution of one application's model over scenes. */
export const runSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  application: z.string(),
  model: z.object({ id: z.string(), variant: z.enum([...VARIANTS, 'noop']), sha256: z.string() }),
  gallery: runGallerySchema.optional(),
  engine: z.string(),
  /** Where parts, ledger and maps are, as s3://BUCKET/PREFIX; absent: in the workspace. */
  storage: z.string().optional(),
  created: z.string(),
  updated: z.string(),
  status: z.enum(RUN_STATUSES),
  parameters: mapParametersSchema,
  /** As asked: side of a region in grid pixels, worker processes, memory limit; none of them moves a pixel. */
  execution: z.object({
    regionPixels: z.int().positive(),
    workers: z.int().positive(),
    maxMemoryMiB: z.number().positive(),
  }),
  scenes: z.array(runSceneSchema),
  tasks: z.object({ planned: z.int(), reused: z.int(), done: z.int(), failed: z.int() }),
  seconds: z.number(),
  /** Pixels of the output grid of the tasks executed in this run, in millions; and per second of wall time. */
  megapixels: z.number(),
  megapixelsPerSecond: z.number(),
  /** Pixels computed by the network / pixels kept. */
  overlapFactor: z.number().nullable(),
  /** Mean difference of probability where two chips meet; null where none do. */
  seamScore: z.number().nullable(),
  /** Highest sum of resident memory seen, of all processes together; on Spark, of the coordinator and one worker a slot. */
  peakMemoryMiB: z.number(),
  /** The coordinator that works on it now; `started` tells it from a later process of the same number. */
  coordinator: z
    .object({ pid: z.int(), host: z.string(), started: z.string().nullable().default(null) })
    .nullable(),
});
export type RunRecord = z.infer<typeof runSchema>;
