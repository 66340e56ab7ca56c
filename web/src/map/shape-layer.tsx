import type { GeoJSON } from 'geojson';
import type { AddLayerObject, GeoJSONSource } from 'maplibre-gl';
import { useEffect } from 'react';
import { addInOrder, removeLayer, removeSource } from './add-in-order.ts';
import { useMap } from './map-context.ts';

/** A drawing rule of MapLibre without what this component fills in. */
export interface ShapeStyle {
  readonly type: 'fill' | 'line' | 'circle';
  readonly paint: object;
  readonly maxzoom?: number;
}

interface ShapeLayerProps {
  readonly id: string;
  readonly data: GeoJSON;
  readonly styles: readonly ShapeStyle[];
  readonly order: number;
  /** What is pointed at; with it the pointer shows that it can be clicked. */
  readonly onPick?: (properties: Readonly<Record<string, unknown>>) => void;
}

/** Points, lines and areas on the map. */
export function ShapeLayer({ id, data, styles, order, onPick }: ShapeLayerProps): null {
  const map = useMap();
  const key = JSON.stringify(styles);
  useEffect(() => {
    if (map === null) return undefined;
    map.addSource(id, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    const rules = JSON.parse(key) as ShapeStyle[];
    const ids = rules.map((style, i) => {
      const layer = `${id}/${i}`;
      addInOrder(map, { id: layer, source: id, ...style } as AddLayerObject, order);
      return layer;
    });
    return () => {
      for (const layer of ids) removeLayer(map, layer);
      removeSource(map, id);
    };
  }, [map, id, key, order]);
  useEffect(() => {
    map?.getSource<GeoJSONSource>(id)?.setData(data);
  }, [map, id, key, order, data]);
  useEffect(() => {
    if (map === null || onPick === undefined) return undefined;
    const layer = `${id}/0`;
    const canvas = map.getCanvas();
    const subscriptions = [
      map.on('click', layer, (event) => {
        const [feature] = event.features ?? [];
        if (feature !== undefined) onPick(feature.properties);
      }),
      map.on('mouseenter', layer, () => (canvas.style.cursor = 'pointer')),
      map.on('mouseleave', layer, () => (canvas.style.cursor = '')),
    ];
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }, [map, id, key, order, onPick]);
  return null;
}
