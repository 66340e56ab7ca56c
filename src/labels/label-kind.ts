import { inputError } from '../core/errors.ts';
import { gdal, gdalMessage } from '../raster/gdal.ts';
import { gdalPath } from '../raster/gdal-path.ts';
import { isParquet } from './geoparquet-source.ts';

/** Whether a label file holds vectors or pixels; vectors where it holds both. Throws input error FILE_UNREADABLE. */
export async function kindOfLabels(href: string): Promise<'vector' | 'raster'> {
  if (isParquet(href)) return 'vector';
  let why = 'it holds neither vector layers nor bands';
  try {
    const dataset = await gdal.openAsync(gdalPath(href), 'r');
    try {
      if (dataset.layers.count() > 0) return 'vector';
      if (dataset.bands.count() > 0) return 'raster';
    } finally {
      dataset.close();
    }
  } catch (error) {
    why = gdalMessage(error);
  }
  throw inputError('FILE_UNREADABLE', `${href} cannot be opened as labels: ${why}.`, {
    hint: 'Give a vector file (GeoJSON, GeoPackage, FlatGeobuf, Shapefile, GeoParquet, ...) or a class raster (GeoTIFF, PNG), whole and readable.',
    context: { file: href },
  });
}
