import type { Map as MapLibreMap, MapMouseEvent } from 'maplibre-gl';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { cameraText, parseCamera, type Box } from './camera.ts';
import { mapColours } from './colours.ts';
import { Graticules } from './graticules.tsx';
import { MapContext } from './map-context.ts';
import { TileTrouble } from './tile-trouble.tsx';
import { withMap } from './with-map.ts';

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

/** A map without anything from elsewhere: a ground colour, a graticule, and the layers given as children. */
export function MapStage({ label, dark, at, extent, onMove, onClick, children }: MapStageProps) {
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const told = useRef<string | null>(null);
  const first = useRef({ at, dark, label });
  useEffect(() => {
    const { current: container } = place;
    if (container === null) return undefined;
    const { at: firstAt, ...look } = first.current;
    const options = { ...look, interactive: true, camera: parseCamera(firstAt) };
    return withMap(container, options, setMap);
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
        <TileTrouble />
        {children}
      </MapContext.Provider>
    </div>
  );
}
