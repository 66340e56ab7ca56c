import type { Map as MapLibreMap } from 'maplibre-gl';
import type { MapOptions } from './make-map.ts';

/**
 * Makes a map and gives it on once its style stands; null when it goes. The function that is returned takes it down. The
 * map's library is read only now, so that the rest of the view does not wait for it.
 */
export function withMap(
  container: HTMLElement,
  options: MapOptions,
  onMap: (map: MapLibreMap | null) => void,
): () => void {
  let map: MapLibreMap | null = null;
  let gone = false;
  const make = async (): Promise<void> => {
    const { makeMap } = await import('./make-map.ts');
    if (gone) return;
    map = makeMap(container, options);
    void map.once('style.load', () => onMap(map));
    if (options.interactive) exposeForTests(map);
  };
  void make();
  return () => {
    gone = true;
    onMap(null);
    map?.remove();
  };
}

/** Browser tests ask the map itself what it shows, since a canvas tells nothing. */
function exposeForTests(map: MapLibreMap): void {
  (globalThis as { resflowMap?: MapLibreMap }).resflowMap = map;
}
