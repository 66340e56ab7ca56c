import type { Geometry } from 'gdal-async';
import { applyAffine, invertAffine, type Affine } from '../geo/affine.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type SpatialReference } from '../raster/gdal.ts';
import type { SceneItem } from '../workspace/scene-record.ts';

/** Box of a scene in a label source's CRS. */
export interface SourceBox {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** How a label source's coordinates lie on one scene's grid. */
export interface SceneFrame {
  readonly scene: SceneItem;
  readonly grid: WorkingGrid;
  /** The grid's outline in the source's CRS, a little widened; null where it has no place there. */
  readonly box: SourceBox | null;
  /** From the source's CRS to the scene's. */
  readonly transform: InstanceType<typeof gdal.CoordinateTransformation>;
  /** From the scene's CRS to grid pixels. */
  readonly toPixel: Affine;
  readonly sameCrs: boolean;
  /** Outline of the scene's valid pixels, in the scene's CRS. */
  readonly footprint: Geometry;
}

export const sceneCrs = (scene: SceneItem): SpatialReference => parseCrs(scene.properties['proj:wkt2']);

/** Lays a source's CRS over a scene's grid. */
export function frameScene(scene: SceneItem, grid: WorkingGrid, source: SpatialReference): SceneFrame {
  const own = sceneCrs(scene);
  const back = new gdal.CoordinateTransformation(own, source);
  return {
    scene,
    grid,
    box: boxOfOutline(outline(grid), (x, y) => back.transformPoint(x, y)),
    transform: new gdal.CoordinateTransformation(source, own),
    toPixel: invertAffine(grid.transform),
    sameCrs: own.isSame(source),
    footprint: footprintIn(scene, own),
  };
}

const OUTLINE_STEPS = 20;

/** Points along the grid's edges, in the scene's CRS. */
function outline(grid: WorkingGrid): (readonly [number, number])[] {
  const points: (readonly [number, number])[] = [];
  for (let i = 0; i <= OUTLINE_STEPS; i++) {
    const [x, y] = [(grid.width * i) / OUTLINE_STEPS, (grid.height * i) / OUTLINE_STEPS];
    for (const [col, row] of [
      [x, 0],
      [x, grid.height],
      [0, y],
      [grid.width, y],
    ] as const) {
      points.push(applyAffine(grid.transform, col, row));
    }
  }
  return points;
}

function boxOfOutline(
  points: readonly (readonly [number, number])[],
  map: (x: number, y: number) => { x: number; y: number },
): SourceBox | null {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [px, py] of points) {
    try {
      const { x, y } = map(px, py);
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
      [minX, minY, maxX, maxY] = [Math.min(minX, x), Math.min(minY, y), Math.max(maxX, x), Math.max(maxY, y)];
    } catch {
      // This point of the outline has no place in the source's CRS; the others may.
    }
  }
  if (minX > maxX) return null;
  const [marginX, marginY] = [(maxX - minX) * 0.01, (maxY - minY) * 0.01];
  return { minX: minX - marginX, minY: minY - marginY, maxX: maxX + marginX, maxY: maxY + marginY };
}

/** Edges are cut this fine before a change of CRS bends them: degrees. */
const FOOTPRINT_STEP = 0.01;

function footprintIn(scene: SceneItem, own: SpatialReference): Geometry {
  const geometry = gdal.Geometry.fromGeoJson(scene.geometry);
  geometry.segmentize(FOOTPRINT_STEP);
  geometry.transform(new gdal.CoordinateTransformation(parseCrs('OGC:CRS84'), own));
  return geometry.isValid() ? geometry : geometry.buffer(0, 8);
}

export const boxMeets = (a: SourceBox, b: SourceBox): boolean =>
  a.maxX >= b.minX && a.minX <= b.maxX && a.maxY >= b.minY && a.minY <= b.maxY;
