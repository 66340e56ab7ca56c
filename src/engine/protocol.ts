import { z } from 'zod';
import { ID_PATTERN, INNER_PATH_PATTERN } from '../core/ids.ts';
import { assemblyReportSchema, assemblyTaskSchema, type AssemblyReport } from './assembly-task.ts';
import { chipTaskReportSchema, chipTaskSchema, windowSchema, type ChipTaskReport } from './chip-task.ts';

/** Decides the pixels of a region's layers together with the scene and the window. Part of the task's identity. */
export const mapParametersSchema = z.object({
  /** Side of a chip's core in grid pixels. */
  corePixels: z.int().positive(),
  haloPixels: z.int().nonnegative(),
  /**
   * Chips blend over this many pixels on both sides of a core edge; 0: each pixel comes from one chip. In a routed map
   * they do so where two models meet, and nowhere else.
   */
  blendPixels: z.int().nonnegative(),
  blockPixels: z.int().positive(),
  /** null: the scene's own grid. */
  gsdMetres: z.number().positive().nullable(),
});
export type MapParameters = z.infer<typeof mapParametersSchema>;

/** One region of one scene. Under 4 KB: locations and windows, never pixels. Paths are relative to the workspace. */
export const mapTaskSchema = z.object({
  version: z.literal(1),
  kind: z.literal('map-region'),
  id: z.string().regex(ID_PATTERN),
  scene: z.string().regex(ID_PATTERN),
  /** Bands of the scene's file, from 1, in the order the network gets them. */
  bands: z.array(z.int().positive()).min(1),
  /** On the working grid; aligned to blockPixels; may hang over nothing. */
  window: windowSchema,
  /** Of a routed map: Mono. */
  model: z.object({
    folder: z.string().regex(INNER_PATH_PATTERN),
    variant: z.enum(['float32', 'int8', 'noop']),
    sha256: z.string(),
  }),
  /** Several models, chosen by what the ground shows: `routings/<digest>.json`, and the encoder's bands, as `bands`. */
  routing: z
    .object({
      digest: z.string().regex(ID_PATTERN),
      bands: z.array(z.int().positive()).min(1),
      /** Models that a worker may have open at once, for want of memory; moves no pixel. */
      openModels: z.int().positive(),
      /** Of a scene in the image gallery: `routings/codes/<digest>.json`, in place of embedding its chips again. */
      codes: z.string().regex(ID_PATTERN).optional(),
    })
    .optional(),
  parameters: mapParametersSchema,
  /** Of a run in a storage: digest of the list of files that its tasks read, for workers without the workspace. */
  inputs: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type MapTask = z.infer<typeof mapTaskSchema>;

const seamSumSchema = z.object({ sum: z.number(), pixels: z.int() });

/** What routing adds to a region's report. */
export const routingReportSchema = z.object({
  /** Cells of the region (by their first pixel) in each bucket, of no bucket, and with too little data for a code. */
  buckets: z.array(z.int()),
  unknown: z.int(),
  uncoded: z.int(),
  /** Cells that went with a neighbour's model, of whichever bucket they are. */
  yielded: z.int().default(0),
  /** As `seam`, where two models meet: how far they are apart, before they are blended. */
  borders: seamSumSchema,
  /** Steps of the map from one pixel to the next where chips of one model meet, and where two models do. */
  steps: z.object({ inside: seamSumSchema, borders: seamSumSchema }).optional(),
  /** To embed, hash and assign. */
  seconds: z.number(),
});
export type RoutingReport = z.infer<typeof routingReportSchema>;

/** What a finished region leaves in its marker, and what its result says. */
export const mapTaskReportSchema = z.object({
  task: z.string(),
  partBytes: z.int(),
  partSha256: z.string(),
  pixels: z.int(),
  validPixels: z.int(),
  chips: z.int(),
  chipsSkipped: z.int(),
  /** Pixels given to the network, and pixels of the region that its chips were there for. */
  pixelsComputed: z.int(),
  pixelsKept: z.int(),
  /** Mean absolute difference of probability where two chips' predictions meet, and over how many pixels; edges inside the region. */
  seam: seamSumSchema,
  routing: routingReportSchema.optional(),
  seconds: z.object({
    total: z.number(),
    read: z.number(),
    inference: z.number(),
    encode: z.number(),
  }),
  peakMemoryMiB: z.number(),
});
export type MapTaskReport = z.infer<typeof mapTaskReportSchema>;

/** What workers execute; `kind` tells them apart. */
export const taskSchema = z.discriminatedUnion('kind', [mapTaskSchema, chipTaskSchema, assemblyTaskSchema]);
export type Task = z.infer<typeof taskSchema>;

interface Reports {
  readonly 'map-region': MapTaskReport;
  readonly 'chip-region': ChipTaskReport;
  readonly 'scene-assembly': AssemblyReport;
}

/** What a finished task of a kind reports. */
export type ReportOf<T extends Task> = Reports[T['kind']];

/** Asks a worker to run a model once on made-up pixels of a given input size, to learn its cost. */
export const probeRequestSchema = z.object({
  type: z.literal('probe'),
  id: z.string(),
  model: mapTaskSchema.shape.model,
  /** Models that are to be open beside it, as in a routed map; each is run once too. */
  others: z.array(mapTaskSchema.shape.model).optional(),
  bands: z.int().positive(),
  input: z.object({ width: z.int().positive(), height: z.int().positive() }),
});
export type ProbeRequest = z.infer<typeof probeRequestSchema>;

/** Lines a worker gets on stdin. */
export const workerRequestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('task'), task: taskSchema }),
  probeRequestSchema,
  z.object({ type: z.literal('exit') }),
]);
export type WorkerRequest = z.infer<typeof workerRequestSchema>;

const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  context: z.record(z.string(), z.unknown()),
});

const resultSchema = z.discriminatedUnion('status', [
  z.object({
    type: z.literal('result'),
    id: z.string(),
    status: z.literal('done'),
    reused: z.boolean(),
    report: z.union([mapTaskReportSchema, chipTaskReportSchema, assemblyReportSchema]),
  }),
  z.object({
    type: z.literal('result'),
    id: z.string(),
    status: z.literal('failed'),
    error: failureSchema,
    retry: z.boolean(),
  }),
]);

/** Lines a worker prints on stdout. Nothing else may go there. */
export const workerReplySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), pid: z.int() }),
  z.object({
    type: z.literal('probed'),
    id: z.string(),
    /** Network time per million input pixels, the first run left out. */
    secondsPerMegapixel: z.number(),
    /** Resident memory after the run, of all models; and of the first alone. */
    peakMemoryMiB: z.number(),
    firstPeakMiB: z.number(),
  }),
  z.object({ type: z.literal('progress'), id: z.string(), chips: z.int(), chipsTotal: z.int() }),
  /** All that this task needs has been read: the worker takes one task more, whose pixels it reads meanwhile. */
  z.object({ type: z.literal('room'), id: z.string() }),
  resultSchema,
]);
export type WorkerReply = z.infer<typeof workerReplySchema>;
