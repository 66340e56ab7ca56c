import { z } from 'zod';

/** Vector formats by the name that `--format` takes. */
export const VECTOR_FORMATS = ['parquet', 'fgb', 'gpkg', 'geojson', 'geojsonseq', 'pmtiles'] as const;
export type VectorFormat = (typeof VECTOR_FORMATS)[number];

/** What one file of objects is said to be, in the result of `map vectorize`. */
export const vectorFileSchema = z.object({
  path: z.string(),
  format: z.enum(VECTOR_FORMATS),
  objects: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** `EPSG:32645`, or the CRS's name where it has no code. */
  crs: z.string(),
});

/** The result of `map vectorize`, as `--json` prints it. */
export const vectorizeResultSchema = z.object({
  run: z.string(),
  layer: z.string(),
  files: z.array(vectorFileSchema),
  scenes: z.array(z.object({ scene: z.string(), objects: z.int(), megapixels: z.number() })),
  seconds: z.number(),
  megapixelsPerSecond: z.number(),
  /** Objects whose outlines were made regular, and those that kept their own; null where it was not asked. */
  regularised: z.object({ objects: z.int(), keptRaw: z.int(), minIou: z.number() }).nullable(),
});
export type VectorizeResult = z.infer<typeof vectorizeResultSchema>;

/** Attributes of every object, in the order of the columns. */
export interface MappedObject {
  /** The same after another run that maps the same pixels to it. */
  readonly id: string;
  readonly value: number;
  readonly name: string;
  /** On the ground, along geodesics of WGS 84. */
  readonly areaM2: number;
  readonly perimeterM: number;
  readonly pixels: number;
  /** Mean over its pixels, 0 to 1; null where the map has no confidence. */
  readonly confidence: number | null;
  /** The bucket of most of its pixels; null where the map has none. */
  readonly bucket: number | null;
  /** Share of its pixels where chips meet; null where the map knows no chips. */
  readonly seamShare: number | null;
  readonly scene: string;
  readonly run: string;
  /** What regularisation did to it: NOT_ASKED, REGULARISED or KEPT_RAW. */
  readonly outcome: number;
  /** Polygons of rings, outer ring first: x, y in turn, the first point not repeated; outer rings turn left. */
  readonly polygons: readonly (readonly Float64Array[])[];
}
