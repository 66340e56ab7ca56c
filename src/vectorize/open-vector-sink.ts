import type { VectorFormat } from './schema.ts';
import type { SinkRequest, VectorSink } from './vector-sink.ts';

type Open = (request: SinkRequest) => Promise<VectorSink>;

/** Each format's own code, and the libraries behind it, are loaded when they are asked for. */
const geoJson = async (): Promise<Open> => (await import('./geojson-sink.ts')).openGeoJson;
const byGdal = async (): Promise<Open> => (await import('./gdal-sink.ts')).openGdalSink;
const OPEN: Record<VectorFormat, () => Promise<Open>> = {
  parquet: async () => (await import('./parquet-sink.ts')).openParquet,
  fgb: byGdal,
  gpkg: byGdal,
  geojson: geoJson,
  geojsonseq: geoJson,
  pmtiles: async () => (await import('./pmtiles-sink.ts')).openPmtiles,
};

/** Formats that know longitude and latitude only. */
export const DEGREES_ONLY: ReadonlySet<VectorFormat> = new Set(['geojson', 'geojsonseq', 'pmtiles']);

/** Opens a file of objects under a temporary name. */
export async function openVectorSink(request: SinkRequest): Promise<VectorSink> {
  const open = await OPEN[request.format]();
  return open(request);
}
