import { z } from 'zod';

const share = z.number().min(0).max(1).nullable();
const intervalSchema = z.object({ low: z.number(), high: z.number() }).nullable();

/** One class against everything else. Shares 0..1; null where there is nothing to judge, which is not 0. */
export const classScoreSchema = z.object({
  class: z.string(),
  value: z.int(),
  iou: share,
  f1: share,
  precision: share,
  recall: share,
  pixels: z.object({ truePositive: z.number(), falsePositive: z.number(), falseNegative: z.number() }),
  objects: z.object({
    labelled: z.number(),
    mapped: z.number(),
    matched: z.number(),
    precision: share,
    recall: share,
    f1: share,
  }),
  boundary: z.object({ precision: share, recall: share, f1: share }),
  intervals: z.object({
    iou: intervalSchema,
    f1: intervalSchema,
    objectF1: intervalSchema,
    boundaryF1: intervalSchema,
  }),
});
export type ClassScore = z.infer<typeof classScoreSchema>;

export const reliabilitySchema = z.object({
  pixels: z.number(),
  expectedCalibrationError: share,
  meanConfidence: share,
  accuracy: share,
  bins: z.array(
    z.object({ from: z.number(), to: z.number(), pixels: z.number(), confidence: share, accuracy: share }),
  ),
});

const blockCountSchema = z.object({
  count: z.int(),
  /** False where there are too few blocks for the intervals to be trusted. */
  intervalsReliable: z.boolean(),
});

/** Pixels, objects and boundaries of one scene, or of several added up. */
export const scoreSetSchema = z.object({
  classes: z.array(classScoreSchema),
  /** Mean over the classes that could be judged. */
  mean: z.object({ iou: share, f1: share, objectF1: share, boundaryF1: share }),
  accuracy: share,
  pixels: z.object({
    mapped: z.number(),
    labelled: z.number(),
    labelledUnmapped: z.number(),
    scored: z.number(),
  }),
  /** Rows: labels; columns: the map. In the order of `categories`. */
  confusion: z.object({ categories: z.array(z.string()), counts: z.array(z.array(z.number())) }),
  blocks: blockCountSchema,
  reliability: reliabilitySchema.nullable(),
});
export type ScoreSet = z.infer<typeof scoreSetSchema>;

/** How the scene was used while the model was made. */
export const SCENE_ROLES = ['unseen', 'validation', 'train'] as const;
export type SceneRole = (typeof SCENE_ROLES)[number];

export const worstBlockSchema = z.object({
  scene: z.string(),
  window: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }),
  /** Centre, degrees, WGS 84. */
  lonLat: z.tuple([z.number(), z.number()]).nullable(),
  scoredPixels: z.number(),
  wrongPixels: z.number(),
  /** Mean over the classes that could be judged. */
  iou: share,
});
export type WorstBlock = z.infer<typeof worstBlockSchema>;

export const sceneScoreSchema = z.object({
  scene: z.string(),
  place: z.string(),
  role: z.enum(SCENE_ROLES),
  /** The model was trained on another scene of the same place. */
  placeInTraining: z.boolean(),
  gsdMetres: z.number(),
  labelSources: z.array(z.string()),
  scores: scoreSetSchema,
  seamScore: z.number().nullable(),
  objectsOmitted: z.string().nullable(),
  worst: z.array(worstBlockSchema),
});
export type SceneScore = z.infer<typeof sceneScoreSchema>;

export const placeMeanSchema = z.object({
  places: z.array(z.string()),
  classes: z.array(
    z.object({
      class: z.string(),
      iou: share,
      f1: share,
      objectF1: share,
      boundaryF1: share,
      intervals: z.object({
        iou: intervalSchema,
        f1: intervalSchema,
        objectF1: intervalSchema,
        boundaryF1: intervalSchema,
      }),
    }),
  ),
});
export type PlaceMean = z.infer<typeof placeMeanSchema>;

export const summarySchema = z.object({
  scenes: z.array(z.string()),
  /** All scenes' pixels, objects and boundaries added up. */
  pooled: scoreSetSchema,
  /** Every place counts the same. */
  meanOverPlaces: placeMeanSchema,
});
export type Summary = z.infer<typeof summarySchema>;

export const evaluationSettingsSchema = z.object({
  blockMetres: z.number().positive(),
  boundaryMetres: z.number().nonnegative(),
  matchIou: z.number(),
  minObjectM2: z.number(),
  minJudgedShare: z.number(),
  connectivity: z.union([z.literal(4), z.literal(8)]),
  labelObjects: z.enum(['components', 'polygons']),
  bootstrap: z.object({ replicates: z.int(), seed: z.int(), level: z.number() }),
  reliabilityBins: z.int(),
  minReliableBlocks: z.int(),
  labelSources: z.array(z.string()).nullable(),
});
export type EvaluationSettings = z.infer<typeof evaluationSettingsSchema>;

/** `runs/<run>/evaluation.json`, and what `map evaluate --json` prints. */
export const evaluationSchema = z.object({
  version: z.literal(1),
  run: z.string(),
  application: z.string(),
  created: z.string(),
  model: z.object({
    id: z.string(),
    name: z.string(),
    variant: z.string(),
    sha256: z.string(),
    /** Fitted on validation by the trainer and applied before the confidence was written. */
    temperature: z.number().nullable(),
    threshold: z.number().nullable(),
  }),
  classes: z.array(z.object({ value: z.int(), name: z.string(), colour: z.string() })),
  /** Over the scenes the model has not seen; null where there are none with labels. */
  headline: summarySchema.nullable(),
  /** Scenes the model was trained on, or chosen by: no statement about new scenes. */
  seen: z.object({ validation: summarySchema.nullable(), train: summarySchema.nullable() }),
  scenes: z.array(sceneScoreSchema),
  unscored: z.array(
    z.object({ scene: z.string(), place: z.string().nullable(), code: z.string(), reason: z.string() }),
  ),
  seamScore: z.number().nullable(),
  performance: z.object({
    seconds: z.number(),
    megapixels: z.number(),
    megapixelsPerSecond: z.number(),
    overlapFactor: z.number().nullable(),
    peakMemoryMiB: z.number(),
    workers: z.int(),
  }),
  settings: evaluationSettingsSchema,
  notes: z.array(z.string()),
});
export type Evaluation = z.infer<typeof evaluationSchema>;
