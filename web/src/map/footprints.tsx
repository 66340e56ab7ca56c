import type { FeatureCollection, Geometry } from 'geojson';
import { useCallback, useMemo } from 'react';
import type { SceneView } from '../api/answers.ts';
import { boxOf } from './camera.ts';
import { mapColours } from './colours.ts';
import { useMap } from './map-context.ts';
import { ShapeLayer } from './shape-layer.tsx';

/** Below this zoom most scenes are too small to be seen. */
const DOTS_TO_ZOOM = 11;

/** Outlines of scenes; from far away a dot for each, which leads to it. */
export function Footprints({ scenes, dark }: { scenes: readonly SceneView[]; dark: boolean }) {
  const { outline, accent } = mapColours(dark);
  const data = useMemo<FeatureCollection>(
    () => ({
      type: 'FeatureCollection',
      features: scenes.map(({ id, geometry }) => ({
        type: 'Feature',
        properties: { scene: id },
        geometry: geometry as Geometry,
      })),
    }),
    [scenes],
  );
  const map = useMap();
  const goTo = useCallback(
    ({ scene }: Readonly<Record<string, unknown>>) => {
      const found = scenes.find(({ id }) => id === scene);
      if (found === undefined || map === null || map.getZoom() >= DOTS_TO_ZOOM) return;
      const [west, south, east, north] = boxOf(found.bbox);
      map.fitBounds([west, south, east, north], { padding: 48, animate: false });
    },
    [map, scenes],
  );
  const dots = useMemo<FeatureCollection>(
    () => ({
      type: 'FeatureCollection',
      features: scenes.map(({ id, bbox: [west = 0, south = 0, east = 0, north = 0] }) => ({
        type: 'Feature',
        properties: { scene: id },
        geometry: { type: 'Point', coordinates: [(west + east) / 2, (south + north) / 2] },
      })),
    }),
    [scenes],
  );
  return (
    <>
      <ShapeLayer
        id="scene-dots"
        order={81}
        data={dots}
        onPick={goTo}
        styles={[
          {
            type: 'circle',
            maxzoom: DOTS_TO_ZOOM,
            paint: {
              'circle-radius': 6,
              'circle-color': accent,
              'circle-stroke-color': '#ffffff',
              'circle-stroke-width': 1.5,
            },
          },
        ]}
      />
      <ShapeLayer
        id="footprints"
        order={80}
        data={data}
        styles={[{ type: 'line', paint: { 'line-color': outline, 'line-width': 1.2 } }]}
      />
    </>
  );
}
