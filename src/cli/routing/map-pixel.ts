import { gdalPath } from '../../raster/gdal-path.ts';
import { gdal } from '../../raster/gdal.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';

/** A place of a map. */
export interface MapPixel {
  readonly item: SceneItem;
  readonly column: number;
  readonly row: number;
  readonly layers: Readonly<Record<string, string>>;
}

/** The value of a layer at the place. */
export function valueOf({ layers, column, row }: MapPixel, layer: string): number {
  const dataset = gdal.open(gdalPath(layers[layer] ?? ''));
  try {
    return dataset.bands.get(1).pixels.get(column, row);
  } finally {
    dataset.close();
  }
}
