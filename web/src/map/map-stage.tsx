import type { Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { accessHeaders } from '../api/access-key.ts';
import { cameraText, parseCamera, type Box } from './camera.ts';
import { mapColours } from './colours.ts';
import { Graticules } from './graticules.tsx';
import { MapContext } from './map-context.ts';
import { maplibregl } from './maplibre.ts';

interface MapStageProps {
  readonly label: string;
  readonly dark: boolean;
  /** `lon,lat,zoom`: where to look; null: at the whole `extent`. */
  readonly at: string | null;
  readonly extent: Box | null;
  readonly onMove?: (at: string) => void;
  readonly onClick?: (lonLat: [number, number]) => void;
  readonly children?: ReactNode;
}

const CONTROLS = { showCompass: false, visualizePitch: false };

/** A map without anything from elsewhere: a ground colour, a graticule, and the layers given as children. */
export function MapStage({ label, dark, at, extent, onMove, onClick, children }: MapStageProps) {
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const told = useRef<string | null>(null);
  const first = useRef({ at, dark, label });
  useEffect(() => {
    if (place.current === null) return undefined;
    const camera = parseCamera(first.current.at);
    const made = new maplibregl.Map({
      container: place.current,
      style: {
        version: 8,
        sources: {},
        layers: [
          {
            id: 'ground',
            type: 'background',
            paint: { 'background-color': mapColours(first.current.dark).ground },
            metadata: { order: -1 },
          },
        ],
      },
      center: camera === null ? [0, 15] : [camera.lon, camera.lat],
      zoom: camera?.zoom ?? 1,
      maxZoom: 23,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      locale: { 'Map.Title': first.current.label },
      transformRequest: (url) =>
        url.startsWith(location.origin) ? { url, headers: accessHeaders() } : { url },
    });
    made.touchZoomRotate.disableRotation();
    made.addControl(new maplibregl.NavigationControl(CONTROLS), 'bottom-right');
    made.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), 'bottom-left');
    void made.once('style.load', () => setMap(made));
    exposeForTests(made);
    return () => {
      setMap(null);
      made.remove();
    };
  }, []);
  useEffect(() => {
    map?.setPaintProperty('ground', 'background-color', mapColours(dark).ground);
  }, [map, dark]);
  useEffect(() => {
    if (map === null || onMove === undefined) return undefined;
    const subscription = map.on('moveend', (event) => {
      // What the page itself does to the camera before there is anything to see is no state worth an address.
      if ((event as { silent?: boolean }).silent === true) return;
      const { lng, lat } = map.getCenter();
      told.current = cameraText({ lon: lng, lat, zoom: map.getZoom() });
      onMove(told.current);
    });
    return () => subscription.unsubscribe();
  }, [map, onMove]);
  useEffect(() => {
    const camera = parseCamera(at);
    if (map === null || camera === null || at === told.current) return;
    told.current = at;
    map.jumpTo({ center: [camera.lon, camera.lat], zoom: camera.zoom }, { silent: true });
  }, [map, at]);
  const extentText = extent?.join(',') ?? null;
  useEffect(() => {
    if (map === null || extentText === null || at !== null) return;
    const [west = 0, south = 0, east = 0, north = 0] = extentText.split(',').map(Number);
    const options = { padding: 48, duration: 0, maxZoom: 19 };
    map.fitBounds([west, south, east, north], options, { silent: true });
  }, [map, extentText, at]);
  useEffect(() => {
    if (map === null || onClick === undefined) return undefined;
    const subscription = map.on('click', (event: MapMouseEvent) =>
      onClick([event.lngLat.lng, event.lngLat.lat]),
    );
    return () => subscription.unsubscribe();
  }, [map, onClick]);
  return (
    <div className="map-stage">
      <div ref={place} className="map-canvas" role="region" aria-label={label} />
      <MapContext.Provider value={map}>
        <Graticules dark={dark} />
        {children}
      </MapContext.Provider>
    </div>
  );
}

/** Browser tests ask the map itself what it shows, since a canvas tells nothing. */
function exposeForTests(map: MapLibreMap): void {
  (globalThis as { resflowMap?: MapLibreMap }).resflowMap = map;
}
