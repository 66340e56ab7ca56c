import { z } from 'zod';
import { noDataRuleSchema, SAMPLE_TYPES, sourceIdentitySchema } from '../raster/source-record.ts';

/** One band, in the file's order (`index` counts from 1, as GDAL does). Statistics are over valid pixels. */
export const sceneBandSchema = z.object({
  index: z.int().positive(),
  name: z.string(),
  description: z.string().optional(),
  data_type: z.enum(SAMPLE_TYPES),
  nodata: z.union([z.number(), z.literal('nan'), z.null()]).optional(),
  'eo:common_name': z.string().optional(),
  'eo:center_wavelength': z.number().optional(),
  statistics: z.object({
    minimum: z.number(),
    maximum: z.number(),
    mean: z.number(),
    stddev: z.number(),
    valid_percent: z.number(),
  }),
  'raster:histogram': z.object({
    count: z.int(),
    min: z.number(),
    max: z.number(),
    buckets: z.array(z.int()),
  }),
});
export type SceneBand = z.infer<typeof sceneBandSchema>;

/** The name of a band whose samples are numbers of colours. */
export const PALETTE_BAND = 'palette';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

const positionSchema = z.array(z.number()).min(2);
const geometrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Polygon'), coordinates: z.array(z.array(positionSchema)) }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(z.array(positionSchema))) }),
]);

/** A scene: a STAC 1.1.0 Item with the projection, raster and eo extensions, and our own `resflow:` properties. */
export const sceneItemSchema = z.object({
  type: z.literal('Feature'),
  stac_version: z.literal('1.1.0'),
  stac_extensions: z.array(z.string()),
  id: z.string(),
  geometry: geometrySchema,
  bbox: z.array(z.number()).length(4),
  properties: z.object({
    datetime: z.string().nullable(),
    start_datetime: z.string().optional(),
    end_datetime: z.string().optional(),
    created: z.string(),
    /** Metres on the ground at the scene's centre, geometric mean of both axes. */
    gsd: z.number().positive(),
    'proj:code': z.string().nullable(),
    'proj:wkt2': z.string(),
    /** [height, width] in pixels. */
    'proj:shape': z.array(z.int().positive()).length(2),
    /** [a1, a2, a0, a4, a5, a3] of the GDAL geotransform, as the projection extension orders them. */
    'proj:transform': z.array(z.number()).length(6),
    'resflow:version': z.literal(1),
    'resflow:place': z.string(),
    'resflow:split': z.enum(SPLITS).nullable(),
    /** Metres on the ground along one pixel step in columns and in rows, at the scene's centre. */
    'resflow:gsd_columns': z.number().positive(),
    'resflow:gsd_rows': z.number().positive(),
    'resflow:no_data': noDataRuleSchema,
    'resflow:valid_share': z.number().min(0).max(1),
    'resflow:source': sourceIdentitySchema,
    /** True where the user gave the CRS, since the file has none. */
    'resflow:crs_assigned': z.boolean(),
  }),
  assets: z.object({
    image: z.object({
      href: z.string(),
      type: z.string().optional(),
      roles: z.array(z.string()),
      bands: z.array(sceneBandSchema).min(1),
    }),
  }),
  links: z.array(z.object({ rel: z.string(), href: z.string() }).loose()),
});
export type SceneItem = z.infer<typeof sceneItemSchema>;
