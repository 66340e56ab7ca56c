import type { Geometry } from 'geojson';
import type { ObjectFeature } from '../../api/answers.ts';
import { mapColours } from '../../map/colours.ts';
import { ShapeLayer } from '../../map/shape-layer.tsx';

interface PlaceMarksProps {
  readonly place: readonly [lon: number, lat: number] | null;
  readonly object: ObjectFeature | null;
  readonly dark: boolean;
}

/** The place that is asked about, and the outline of its object. */
export function PlaceMarks({ place, object, dark }: PlaceMarksProps) {
  const { mark } = mapColours(dark);
  const ring = {
    'circle-radius': 7,
    'circle-color': 'rgba(0,0,0,0)',
    'circle-stroke-color': mark,
    'circle-stroke-width': 3,
  };
  return (
    <>
      {object !== null && (
        <ShapeLayer
          id="object"
          order={94}
          data={{ type: 'Feature', properties: {}, geometry: object.geometry as Geometry }}
          styles={[{ type: 'line', paint: { 'line-color': mark, 'line-width': 3 } }]}
        />
      )}
      {place !== null && (
        <ShapeLayer
          id="place"
          order={95}
          data={{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [...place] } }}
          styles={[{ type: 'circle', paint: ring }]}
        />
      )}
    </>
  );
}
