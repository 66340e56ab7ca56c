import { applyAffine } from '../geo/affine.ts';
import type { LonLatBox } from '../geo/lon-lat-box.ts';
import { cornersOfWindow, intersectWindows, type Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { geographicPolygons } from '../raster/geographic-polygons.ts';

type Corner = readonly [lon: number, lat: number];

/**
 * The corners of a window of a grid on the ground (longitude, latitude), in ring order without the first again, cut to the
 * grid; null where none of it is there. `toLonLat` maps the grid's CRS to degrees.
 */
export function windowCorners(
  window: Window,
  grid: WorkingGrid,
  toLonLat: (x: number, y: number) => Corner | null,
): readonly Corner[] | null {
  const inside = intersectWindows(window, { x: 0, y: 0, width: grid.width, height: grid.height });
  if (inside === null) return null;
  const placed = cornersOfWindow(inside).map(([column, row]) =>
    toLonLat(...applyAffine(grid.transform, column, row)),
  );
  return placed.every((corner) => corner !== null) ? placed : null;
}

/** West, south, east, north of the corners; west > east where they lie on both sides of the antimeridian. */
export function windowBox(
  window: Window,
  grid: WorkingGrid,
  toLonLat: (x: number, y: number) => Corner | null,
): LonLatBox | null {
  const corners = windowCorners(window, grid, toLonLat);
  if (corners === null) return null;
  return geographicPolygons([[corners]]).bbox;
}
