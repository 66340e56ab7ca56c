import type { Geometry } from 'gdal-async';
import { applyAffine, invertAffine, type Affine, type Point } from '../geo/affine.ts';
import { turnsTowards } from '../geo/lon-lat-box.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type SpatialReference } from '../raster/gdal.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { turnTowards } from './map-geometry.ts';

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
  /**
   * The grid's outline in the source's CRS, a little widened; null where it has no place there. In degrees it may lie
   * beyond 180, where the scene crosses the antimeridian.
   */
  readonly box: SourceBox | null;
  readonly sourceInDegrees: boolean;
  /** The longitude of the grid's middle, where the scene's own CRS is in degrees; objects are turned towards it. */
  readonly centreLon: number | null;
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
  const sourceInDegrees = source.isGeographic();
  const centreLon = own.isGeographic()
    ? applyAffine(grid.transform, grid.width / 2, grid.height / 2)[0]
    : null;
  const points = pointsIn(outline(grid), (x, y) => back.transformPoint(x, y));
  return {
    scene,
    grid,
    box: boxAround(sourceInDegrees ? unrolled(points) : points),
    sourceInDegrees,
    centreLon,
    transform: new gdal.CoordinateTransformation(source, own),
    toPixel: invertAffine(grid.transform),
    sameCrs: own.isSame(source),
    footprint: footprintIn(scene, own, centreLon),
  };
}

const OUTLINE_STEPS = 20;

/** Points along the grid's edges, in the scene's CRS. */
function outline(grid: WorkingGrid): Point[] {
  const points: Point[] = [];
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

/** Points in another CRS; those that have no place there are left out. */
function pointsIn(
  points: readonly Point[],
  map: (x: number, y: number) => { x: number; y: number },
): Point[] {
  return points.flatMap(([px, py]): Point[] => {
    try {
      const { x, y } = map(px, py);
      return Number.isFinite(x) && Number.isFinite(y) ? [[x, y]] : [];
    } catch {
      return [];
    }
  });
}

/** Points in degrees, none more than half a turn from the first. */
const unrolled = (points: readonly Point[]): Point[] =>
  points.map(([lon, lat]) => [lon + turnsTowards(lon, points[0]?.[0] ?? lon), lat]);

function boxAround(points: readonly Point[]): SourceBox | null {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [minX, minY, maxX, maxY] = [Math.min(minX, x), Math.min(minY, y), Math.max(maxX, x), Math.max(maxY, y)];
  }
  if (minX > maxX) return null;
  const [marginX, marginY] = [(maxX - minX) * 0.01, (maxY - minY) * 0.01];
  return { minX: minX - marginX, minY: minY - marginY, maxX: maxX + marginX, maxY: maxY + marginY };
}

/** Edges are cut this fine before a change of CRS bends them: degrees. */
const FOOTPRINT_STEP = 0.01;

function footprintIn(scene: SceneItem, own: SpatialReference, centreLon: number | null): Geometry {
  const footprint = gdal.Geometry.fromGeoJson(scene.geometry);
  const geometry = centreLon === null ? footprint : turnTowards(footprint, centreLon);
  geometry.segmentize(FOOTPRINT_STEP);
  geometry.transform(new gdal.CoordinateTransformation(parseCrs('OGC:CRS84'), own));
  return geometry.isValid() ? geometry : geometry.buffer(0, 8);
}

/** Whether a box in the source's CRS meets the frame's; in degrees, by any turn round the earth. */
export function meetsFrame({ box, sourceInDegrees }: SceneFrame, other: SourceBox): boolean {
  if (box === null || box.maxY < other.minY || box.minY > other.maxY) return false;
  return (sourceInDegrees ? [-360, 0, 360] : [0]).some(
    (turn) => box.maxX >= other.minX + turn && box.minX <= other.maxX + turn,
  );
}
