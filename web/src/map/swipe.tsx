import type { Map as MapLibreMap } from 'maplibre-gl';
import { useEffect, useRef, useState, type PointerEvent, type ReactNode } from 'react';
import { mapColours } from './colours.ts';
import { MapContext, useMap } from './map-context.ts';
import { withMap } from './with-map.ts';

interface SwipeProps {
  readonly dark: boolean;
  /** Where the line stands, as a share of the width. */
  readonly share: number;
  readonly onShare: (share: number) => void;
  /** What lies left of the line. */
  readonly children: ReactNode;
}

/** A second map over the first, cut off at a line that can be moved: by pointer, or by the arrow keys. */
export function Swipe({ dark, share, onShare, children }: SwipeProps) {
  const below = useMap();
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap | null>(null);
  const first = useRef(dark);
  useEffect(() => {
    const { current: container } = place;
    if (below === null || container === null) return undefined;
    const { lng: lon, lat } = below.getCenter();
    const camera = { lon, lat, zoom: below.getZoom() };
    const options = { dark: first.current, label: 'Compared', interactive: false, camera };
    return withMap(container, options, setMap);
  }, [below]);
  useEffect(() => {
    if (below === null || map === null) return undefined;
    const follow = (): void => {
      map.jumpTo({ center: below.getCenter(), zoom: below.getZoom() });
    };
    follow();
    const subscription = below.on('move', follow);
    return () => subscription.unsubscribe();
  }, [below, map]);
  useEffect(() => {
    map?.setPaintProperty('ground', 'background-color', mapColours(dark).ground);
  }, [map, dark]);
  const move = (event: PointerEvent<HTMLElement>): void => {
    if (event.buttons === 0) return;
    const box = place.current?.getBoundingClientRect();
    if (box !== undefined) onShare(limited((event.clientX - box.left) / box.width));
  };
  return (
    <>
      <div className="swipe-clip" style={{ clipPath: `inset(0 ${100 * (1 - share)}% 0 0)` }}>
        <div ref={place} className="map-canvas" />
        <MapContext.Provider value={map}>{children}</MapContext.Provider>
      </div>
      <div
        className="swipe-handle"
        style={{ left: `${100 * share}%` }}
        role="slider"
        tabIndex={0}
        aria-label="Line between the compared maps"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={move}
        onKeyDown={({ key }) => {
          const step = { ArrowLeft: -0.05, ArrowRight: 0.05 }[key];
          if (step !== undefined) onShare(limited(share + step));
        }}
      />
    </>
  );
}

const limited = (share: number): number => Math.min(0.97, Math.max(0.03, share));
