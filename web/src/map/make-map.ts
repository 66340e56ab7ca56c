import type { Map as MapLibreMap } from 'maplibre-gl';
import { accessHeaders } from '../api/access-key.ts';
import type { Camera } from './camera.ts';
import { mapColours } from './colours.ts';
import { maplibregl } from './maplibre.ts';

export interface MapOptions {
  readonly dark: boolean;
  readonly label: string;
  readonly interactive: boolean;
  readonly camera?: Camera | null;
}

/** A map of a ground colour and nothing else, north up. */
export function makeMap(
  container: HTMLElement,
  { dark, label, interactive, camera }: MapOptions,
): MapLibreMap {
  const map = new maplibregl.Map({
    container,
    style: {
      version: 8,
      sources: {},
      layers: [
        {
          id: 'ground',
          type: 'background',
          paint: { 'background-color': mapColours(dark).ground },
          metadata: { order: -1 },
        },
      ],
    },
    center: [camera?.lon ?? 0, camera?.lat ?? 15],
    zoom: camera?.zoom ?? 1,
    maxZoom: 23,
    interactive,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    locale: { 'Map.Title': label },
    transformRequest: (url) =>
      url.startsWith(location.origin) ? { url, headers: accessHeaders() } : { url },
  });
  if (!interactive) return map;
  map.touchZoomRotate.disableRotation();
  map.addControl(
    new maplibregl.NavigationControl({ showCompass: false, visualizePitch: false }),
    'bottom-right',
  );
  map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), 'bottom-left');
  return map;
}
