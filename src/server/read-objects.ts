import type { LonLatBox } from '../geo/lon-lat-box.ts';
import { gdal } from '../raster/gdal.ts';
import { geometrySchema } from './ids.ts';

export interface ObjectFeature {
  readonly type: 'Feature';
  readonly id: string;
  readonly geometry: { readonly type: string; readonly coordinates: unknown[] };
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Reads objects (EPSG:4326, longitude first) that meet a box from a vector file, at most so many; by the file's spatial
 * index. A box whose west is greater than its east is read as the two sides of the antimeridian.
 */
export async function readObjects(
  file: string,
  { bbox, scene, limit }: { bbox?: LonLatBox | undefined; scene?: string | undefined; limit: number },
  signal: AbortSignal,
): Promise<ObjectFeature[]> {
  const dataset = await gdal.openAsync(file);
  const found: ObjectFeature[] = [];
  try {
    const layer = dataset.layers.get(0);
    // A scene's name is an identifier: it holds no quote.
    if (scene !== undefined) layer.setAttributeFilter(`scene = '${scene}'`);
    for (const box of bbox === undefined ? [null] : sidesOf(bbox)) {
      if (box !== null) layer.setSpatialFilter(...box);
      let feature = await layer.features.firstAsync();
      while (feature !== null && found.length < limit) {
        signal.throwIfAborted();
        const { id, ...properties } = feature.fields.toObject() as Record<string, unknown>;
        const outline = feature.getGeometry();
        if (outline === null) throw new RangeError(`an object without an outline in ${file}`);
        const geometry = geometrySchema.parse(JSON.parse(outline.toJSON()));
        found.push({ type: 'Feature', id: String(id), geometry, properties });
        feature = await layer.features.nextAsync();
      }
    }
    return found;
  } finally {
    dataset.close();
  }
}

type Box = [west: number, south: number, east: number, north: number];

function sidesOf([west = 0, south = 0, east = 0, north = 0]: LonLatBox): Box[] {
  if (west <= east) return [[west, south, east, north]];
  return [
    [west, south, 180, north],
    [-180, south, east, north],
  ];
}
