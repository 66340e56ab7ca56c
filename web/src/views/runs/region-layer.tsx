import type { FeatureCollection } from 'geojson';
import { useMemo } from 'react';
import type { Region } from '../../api/answers.ts';
import { mapColours } from '../../map/colours.ts';
import { ShapeLayer } from '../../map/shape-layer.tsx';
import { REGION_COLOURS } from './region-colours.ts';

interface RegionLayerProps {
  readonly regions: ReadonlyMap<string, Region>;
  readonly dark: boolean;
}

/** The regions of a run on the map, coloured by what became of them. */
export function RegionLayer({ regions, dark }: RegionLayerProps) {
  const data = useMemo<FeatureCollection>(
    () => ({
      type: 'FeatureCollection',
      features: [...regions.values()].flatMap(({ task, state, corners }) => {
        const [first] = corners;
        return first === undefined
          ? []
          : [
              {
                type: 'Feature',
                properties: { task, state },
                geometry: { type: 'Polygon', coordinates: [[...corners, first]] },
              },
            ];
      }),
    }),
    [regions],
  );
  const byState = (values: Readonly<Record<string, string | number>>, other: string | number) => [
    'match',
    ['get', 'state'],
    ...Object.entries(values).flat(),
    other,
  ];
  const { outline } = mapColours(dark);
  return (
    <ShapeLayer
      id="regions"
      order={85}
      data={data}
      styles={[
        {
          type: 'fill',
          paint: {
            'fill-color': byState(REGION_COLOURS, '#000000'),
            'fill-opacity': byState({ begun: 0.5, done: 0.22, reused: 0.22, failed: 0.55 }, 0),
          },
        },
        {
          type: 'line',
          paint: { 'line-color': byState(REGION_COLOURS, outline), 'line-width': 1, 'line-opacity': 0.9 },
        },
      ]}
    />
  );
}
