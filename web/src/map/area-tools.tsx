import { useState } from 'react';
import { boxRing, type Box } from './camera.ts';
import { mapColours } from './colours.ts';
import { DrawArea } from './draw-area.tsx';
import { useMap } from './map-context.ts';
import { ShapeLayer } from './shape-layer.tsx';

interface AreaToolsProps {
  readonly area: Box | null;
  readonly dark: boolean;
  readonly onArea: (area: Box | null) => void;
}

/** Buttons over the map that make an area by drawing it or from what is in view, and the area itself. */
export function AreaTools({ area, dark, onArea }: AreaToolsProps) {
  const map = useMap();
  const [drawing, setDrawing] = useState(false);
  const { mark } = mapColours(dark);
  const useView = (): void => {
    const bounds = map?.getBounds();
    if (bounds === undefined) return;
    onArea([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
  };
  return (
    <>
      {area !== null && (
        <ShapeLayer
          id="area"
          order={90}
          data={{
            type: 'Feature',
            properties: {},
            geometry: { type: 'Polygon', coordinates: [boxRing(area)] },
          }}
          styles={[
            { type: 'fill', paint: { 'fill-color': mark, 'fill-opacity': 0.08 } },
            { type: 'line', paint: { 'line-color': mark, 'line-width': 2, 'line-dasharray': [3, 2] } },
          ]}
        />
      )}
      {drawing && (
        <DrawArea
          onCancel={() => setDrawing(false)}
          onDrawn={(box) => {
            setDrawing(false);
            onArea(box);
          }}
        />
      )}
      <div className="map-tools">
        <button type="button" aria-pressed={drawing} onClick={() => setDrawing(!drawing)}>
          Draw an area
        </button>
        <button type="button" onClick={useView}>
          Area in view
        </button>
        {area !== null && (
          <button type="button" onClick={() => onArea(null)}>
            Clear area
          </button>
        )}
      </div>
    </>
  );
}
