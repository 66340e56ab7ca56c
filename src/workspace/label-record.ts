import { z } from 'zod';
import { sourceIdentitySchema } from '../raster/source-record.ts';

/** Where absence of a label means background: nowhere, in the whole scene, or inside given polygons. */
export const completenessSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('scene') }),
  z.object({ kind: z.literal('polygons'), source: sourceIdentitySchema }),
]);
export type Completeness = z.infer<typeof completenessSchema>;

/** What one label source says about one scene. Shares are of the scene's valid pixels, measured at the label's ingest. */
export const labelCoverageSchema = z.object({
  scene: z.string(),
  objects: z.int().nonnegative(),
  labelledShare: z.number().min(0).max(1),
  classShares: z.record(z.string(), z.number()),
});

/** One label source of one application. Sources are read in place; later ones win where they overlap. */
export const labelSourceSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  application: z.string(),
  created: z.string(),
  kind: z.enum(['vector', 'raster']),
  source: sourceIdentitySchema,
  layer: z.string().nullable(),
  /** CRS given by the user since the file has none, or a wrong one; null: the file's own. */
  crs: z.string().nullable().default(null),
  /** Lines and points become areas by this distance on the ground, metres; null: there were none. */
  bufferMetres: z.number().positive().nullable().default(null),
  /** Vectors: the class id every object gets, or an attribute whose values are mapped to class ids. */
  classOf: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('constant'), classId: z.int().min(1).max(254) }),
    z.object({
      kind: z.literal('attribute'),
      attribute: z.string(),
      map: z.record(z.string(), z.int().min(0).max(255)),
    }),
    /** Rasters: pixel value -> class id (0 background, 255 unlabelled). Values not named are unlabelled. */
    z.object({ kind: z.literal('pixel'), map: z.record(z.string(), z.int().min(0).max(255)) }),
  ]),
  complete: completenessSchema,
  /** Scenes this source speaks about. */
  coverage: z.array(labelCoverageSchema),
  skipped: z.object({ empty: z.int(), invalid: z.int(), outside: z.int(), repaired: z.int() }),
});
export type LabelSource = z.infer<typeof labelSourceSchema>;
