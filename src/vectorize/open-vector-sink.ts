import { openGdalSink } from './gdal-sink.ts';
import { openGeoJson } from './geojson-sink.ts';
import { openParquet } from './parquet-sink.ts';
import { openPmtiles } from './pmtiles-sink.ts';
import type { VectorFormat } from './schema.ts';
import type { SinkRequest, VectorSink } from './vector-sink.ts';

const OPEN: Record<VectorFormat, (request: SinkRequest) => Promise<VectorSink>> = {
  parquet: openParquet,
  fgb: openGdalSink,
  gpkg: openGdalSink,
  geojson: openGeoJson,
  geojsonseq: openGeoJson,
  pmtiles: openPmtiles,
};

/** Formats that know longitude and latitude only. */
export const DEGREES_ONLY: ReadonlySet<VectorFormat> = new Set(['geojson', 'geojsonseq', 'pmtiles']);

/** Opens a file of objects under a temporary name. */
export const openVectorSink = (request: SinkRequest): Promise<VectorSink> => OPEN[request.format](request);
