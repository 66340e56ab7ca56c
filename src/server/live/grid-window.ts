import { applyAffine, invertAffine } from '../../geo/affine.ts';
import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import { intersectWindows, type Window } from '../../geo/window.ts';
import type { WorkingGrid } from '../../geo/working-grid.ts';
import { crsTransform } from '../../raster/crs.ts';

/** Points along each side of a box: a straight side is a curve on another grid. */
const STEPS = 8;

/** The smallest window of a grid that holds a box in degrees (longitude first), cut to the grid; null where they do not meet. */
export function windowOfBox(
  { grid, wkt }: { readonly grid: WorkingGrid; readonly wkt: string },
  [west = 0, south = 0, eastGiven = 0, north = 0]: LonLatBox,
): Window | null {
  const east = eastGiven < west ? eastGiven + 360 : eastGiven;
  const place = crsTransform('OGC:CRS84', wkt);
  const toPixel = invertAffine(grid.transform);
  const columns: number[] = [];
  const rows: number[] = [];
  for (let i = 0; i <= STEPS; i += 1) {
    for (let j = 0; j <= STEPS; j += 1) {
      const point = place(west + ((east - west) * i) / STEPS, south + ((north - south) * j) / STEPS);
      if (point === null) continue;
      const [column, row] = applyAffine(toPixel, ...point);
      columns.push(column);
      rows.push(row);
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
  return intersectWindows(asked, { x: 0, y: 0, width: grid.width, height: grid.height });
}
