import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import { intersectWindows, type Window } from '../../geo/window.ts';
import type { SourceFrame } from '../tiles/raster-source.ts';
import { sourceFrame } from '../tiles/source-frame.ts';
import type { LivePlan } from './live-plan.ts';

/** Where the grid of a plan lies. */
export const frameOf = ({ grid, wkt }: Pick<LivePlan, 'grid' | 'wkt'>): SourceFrame =>
  sourceFrame({ width: grid.width, height: grid.height, transform: grid.transform, crs: wkt });

/** Points along each side of a box: a straight side is a curve on another grid. */
const STEPS = 8;

/** The smallest window of a raster that holds a box in degrees (longitude first), cut to it; null where they do not meet. */
export function windowOfBox(
  frame: SourceFrame,
  [west = 0, south = 0, eastGiven = 0, north = 0]: LonLatBox,
): Window | null {
  const east = eastGiven < west ? eastGiven + 360 : eastGiven;
  const toPixel = frame.pixelFrom('OGC:CRS84');
  const columns: number[] = [];
  const rows: number[] = [];
  for (let i = 0; i <= STEPS; i += 1) {
    for (let j = 0; j <= STEPS; j += 1) {
      const pixel = toPixel(west + ((east - west) * i) / STEPS, south + ((north - south) * j) / STEPS);
      if (pixel === null) continue;
      columns.push(pixel[0]);
      rows.push(pixel[1]);
    }
  }
  if (columns.length === 0) return null;
  const x = Math.floor(Math.min(...columns));
  const y = Math.floor(Math.min(...rows));
  const asked = {
    x,
    y,
    width: Math.ceil(Math.max(...columns)) - x,
    height: Math.ceil(Math.max(...rows)) - y,
  };
  return intersectWindows(asked, { x: 0, y: 0, width: frame.width, height: frame.height });
}
