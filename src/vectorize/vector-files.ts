import type { VectorFormat } from './schema.ts';

/** How files of a format end, the way that we name them first, and what they are to who fetches them. */
export const VECTOR_FILES: Record<
  VectorFormat,
  { readonly extensions: readonly [string, ...string[]]; readonly mediaType: string }
> = {
  parquet: { extensions: ['.parquet', '.geoparquet'], mediaType: 'application/vnd.apache.parquet' },
  fgb: { extensions: ['.fgb'], mediaType: 'application/octet-stream' },
  gpkg: { extensions: ['.gpkg'], mediaType: 'application/geopackage+sqlite3' },
  geojson: { extensions: ['.geojson', '.json'], mediaType: 'application/geo+json' },
  geojsonseq: {
    extensions: ['.geojsonl', '.geojsonseq', '.geojsons', '.ndjson'],
    mediaType: 'application/geo+json-seq',
  },
  pmtiles: { extensions: ['.pmtiles'], mediaType: 'application/vnd.pmtiles' },
};
