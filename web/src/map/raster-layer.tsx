import { useEffect } from 'react';
import { addInOrder, removeLayer, removeSource } from './add-in-order.ts';
import { boxOf } from './camera.ts';
import { useMap } from './map-context.ts';

/** What a TileJSON document says of tiles. */
export interface Tiles {
  readonly tiles: readonly string[];
  readonly bounds: readonly number[];
  readonly minzoom: number;
  readonly maxzoom: number;
}

interface RasterLayerProps {
  readonly id: string;
  readonly tiles: Tiles;
  readonly opacity: number;
  /** Higher lies above. */
  readonly order: number;
  /** Pixels stay squares when they are drawn larger: of classes, which have no values between them. */
  readonly crisp?: boolean;
}

/** Tiles of the server on the map. */
export function RasterLayer({ id, tiles, opacity, order, crisp = false }: RasterLayerProps): null {
  const map = useMap();
  const key = JSON.stringify(tiles);
  useEffect(() => {
    if (map === null) return undefined;
    const { bounds, minzoom, maxzoom, tiles: templates } = JSON.parse(key) as Tiles;
    map.addSource(id, {
      type: 'raster',
      tiles: templates.map(onThisHost),
      tileSize: 256,
      bounds: [...boxOf(bounds)],
      minzoom,
      maxzoom,
    });
    const resampling = crisp ? 'nearest' : 'linear';
    const paint = { 'raster-fade-duration': 120, 'raster-resampling': resampling } as const;
    addInOrder(map, { id, type: 'raster', source: id, paint }, order);
    return () => {
      removeLayer(map, id);
      removeSource(map, id);
    };
  }, [map, id, key, order, crisp]);
  useEffect(() => {
    if (map?.getLayer(id) !== undefined) map?.setPaintProperty(id, 'raster-opacity', opacity);
  }, [map, id, key, order, crisp, opacity]);
  return null;
}

/** Tiles come from where the page came from, whatever name the server thinks it has behind a proxy. */
const onThisHost = (template: string): string => {
  const path = template.replace(/^https?:\/\/[^/]+/, '');
  return location.origin + (devicePixelRatio > 1.5 ? path.replace('{y}.', '{y}@2x.') : path);
};
