import type { AddLayerObject, Map as MapLibreMap } from 'maplibre-gl';

const orderOf = (layer: { metadata?: unknown }): number => {
  const { order } = (layer.metadata ?? {}) as { order?: number };
  return order ?? 0;
};

/** Adds a layer above those of a lower order and below those of a higher one, whichever came first. */
export function addInOrder(map: MapLibreMap, layer: AddLayerObject, order: number): void {
  const above = map.getStyle().layers.find((other) => orderOf(other) > order);
  map.addLayer({ ...layer, metadata: { order } } as AddLayerObject, above?.id);
}

/** Takes a layer out, if the map still stands. */
export function removeLayer(map: MapLibreMap, id: string): void {
  if (isGone(map)) return;
  if (map.getLayer(id) !== undefined) map.removeLayer(id);
}

/** Takes a source out, if the map still stands. */
export function removeSource(map: MapLibreMap, id: string): void {
  if (isGone(map)) return;
  if (map.getSource(id) !== undefined) map.removeSource(id);
}

/** React takes the layers of a map down after the map itself. */
const isGone = (map: MapLibreMap): boolean => (map as unknown as { style?: unknown }).style === undefined;
