import type { Layer } from 'gdal-async';
import { inputError, usageError } from '../core/errors.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, gdalMessage, type Dataset, type SpatialReference } from '../raster/gdal.ts';
import { gdalPath } from '../raster/gdal-path.ts';
import { isParquet, openGeoParquet } from './geoparquet-source.ts';
import { geometryOf, textOf, type VectorFeature, type VectorSource } from './vector-feature.ts';

export interface VectorOptions {
  readonly layer: string | null;
  /** Takes the place of the file's CRS. */
  readonly crs: string | null;
}

/**
 * Opens a vector file: GeoParquet through DuckDB, all else through GDAL.
 * Throws input errors FILE_UNREADABLE, LABEL_NO_LAYER, BAD_CRS; usage errors LABEL_LAYER_UNKNOWN, LABEL_LAYER_AMBIGUOUS.
 */
export async function openVectorSource(href: string, options: VectorOptions): Promise<VectorSource> {
  const crs = options.crs === null ? null : parseCrs(options.crs);
  if (isParquet(href)) {
    const source = await openGeoParquet(href);
    return crs === null ? source : { ...source, srs: crs };
  }
  const dataset = await openDataset(href);
  try {
    return fromLayer(href, dataset, chooseLayer(href, dataset, options.layer), crs);
  } catch (error) {
    dataset.close();
    throw error;
  }
}

async function openDataset(href: string): Promise<Dataset> {
  try {
    return await gdal.openAsync(gdalPath(href), 'r');
  } catch (error) {
    throw inputError('FILE_UNREADABLE', `${href} cannot be opened as labels: ${gdalMessage(error)}`, {
      hint: 'Give a vector file (GeoJSON, GeoPackage, FlatGeobuf, Shapefile, GeoParquet, ...) or a class raster (GeoTIFF, PNG), whole and readable.',
      context: { file: href },
      cause: error,
    });
  }
}

function chooseLayer(href: string, dataset: Dataset, wanted: string | null): Layer {
  const layers: Layer[] = [];
  for (let i = 0; i < dataset.layers.count(); i++) layers.push(dataset.layers.get(i));
  const names = layers.map((layer) => layer.name);
  const context = { file: href, layers: names };
  if (wanted !== null) {
    const layer = layers.find((candidate) => candidate.name === wanted);
    if (layer !== undefined) return layer;
    throw usageError('LABEL_LAYER_UNKNOWN', `${href} has no layer '${wanted}'.`, {
      hint: `It has: ${names.join(', ')}.`,
      context,
    });
  }
  const [first, second] = layers;
  if (first === undefined) {
    throw inputError('LABEL_NO_LAYER', `${href} holds no vector layer.`, {
      hint: 'Is it whole, and the right file?',
      context,
    });
  }
  if (second === undefined) return first;
  throw usageError('LABEL_LAYER_AMBIGUOUS', `${href} has ${layers.length} layers.`, {
    hint: `Name one with --layer: ${names.join(', ')}.`,
    context,
  });
}

function fromLayer(href: string, dataset: Dataset, layer: Layer, crs: SpatialReference | null): VectorSource {
  const own = layer.srs === null ? null : parseCrs(layer.srs.toWKT());
  return {
    href,
    layer: layer.name,
    srs: crs ?? own,
    fields: layer.fields.getNames(),
    count: layer.features.count(),
    features: (attribute) => layerFeatures(layer, attribute),
    close: () => dataset.close(),
  };
}

async function* layerFeatures(layer: Layer, attribute: string | null): AsyncGenerator<VectorFeature> {
  let feature = await layer.features.firstAsync();
  // GDAL gives null after the last feature; the types do not say so.
  while (feature as unknown) {
    const value: unknown = attribute === null ? null : feature.fields.get(attribute);
    yield {
      geometry: geometryOf(() => feature.getGeometry()),
      value: value === null || value === undefined ? null : textOf(value),
    };
    feature = layer.features.next();
  }
}

/** The source's CRS. Throws input error LABEL_NO_CRS where it has none. */
export function requireCrs(source: VectorSource): SpatialReference {
  if (source.srs !== null) return source.srs;
  throw inputError('LABEL_NO_CRS', `${source.href} does not say in which CRS its coordinates are.`, {
    hint: 'Name it with --crs, for example --crs EPSG:32736 (a Shapefile needs its .prj file beside it).',
    context: { file: source.href },
  });
}
