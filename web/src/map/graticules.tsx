import type { FeatureCollection } from 'geojson';
import { useEffect, useState } from 'react';
import type { Box } from './camera.ts';
import { mapColours } from './colours.ts';
import { degreesText, graticuleLines, planGraticule } from './graticule.ts';
import { useMap } from './map-context.ts';
import { ShapeLayer } from './shape-layer.tsx';

interface Tick {
  readonly key: string;
  readonly text: string;
  readonly at: number;
}

interface Sheet {
  readonly lines: FeatureCollection;
  readonly top: readonly Tick[];
  readonly left: readonly Tick[];
}

const EMPTY: Sheet = { lines: { type: 'FeatureCollection', features: [] }, top: [], left: [] };

/** Meridians and parallels of the view, and their degrees along its edges, as on a printed sheet. */
export function Graticules({ dark }: { dark: boolean }) {
  const map = useMap();
  const [sheet, setSheet] = useState(EMPTY);
  useEffect(() => {
    if (map === null) return undefined;
    const draw = (): void => {
      const { width, height } = map.getContainer().getBoundingClientRect();
      const bounds = map.getBounds();
      const box: Box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
      const plan = planGraticule(box, Math.max(2, Math.round(width / 190)));
      const tick = (value: number, at: number, sides: [string, string]): Tick => ({
        key: `${sides[0]}${value.toFixed(6)}`,
        text: degreesText(value, plan.step, sides),
        at,
      });
      const inside = (limit: number) => (one: Tick) => one.at > 36 && one.at < limit - 36;
      setSheet({
        lines: graticuleLines(plan, box),
        top: plan.meridians
          .map((lon) => tick(lon, map.project([lon, bounds.getCenter().lat]).x, ['E', 'W']))
          .filter(inside(width)),
        left: plan.parallels
          .map((lat) => tick(lat, map.project([bounds.getCenter().lng, lat]).y, ['N', 'S']))
          .filter(inside(height)),
      });
    };
    draw();
    const subscriptions = [map.on('move', draw), map.on('resize', draw)];
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }, [map]);
  return (
    <div className="neatline" aria-hidden="true">
      <ShapeLayer
        id="graticule"
        order={0}
        data={sheet.lines}
        styles={[{ type: 'line', paint: { 'line-color': mapColours(dark).grid, 'line-width': 1 } }]}
      />
      {sheet.top.map(({ key, text, at }) => (
        <span key={key} className="tick top" style={{ left: at }}>
          {text}
        </span>
      ))}
      {sheet.left.map(({ key, text, at }) => (
        <span key={key} className="tick left" style={{ top: at }}>
          {text}
        </span>
      ))}
    </div>
  );
}
