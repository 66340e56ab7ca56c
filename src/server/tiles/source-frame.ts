import { applyAffine, invertAffine, type Affine } from '../../geo/affine.ts';
import type { PointMap } from '../../geo/lattice.ts';
import { turnsTowards } from '../../geo/lon-lat-box.ts';
import { crsTransform, parseCrs } from '../../raster/crs.ts';
import type { CrsBox, SourceFrame } from './raster-source.ts';

/** Points along each edge, and across, that are looked at for a box in another CRS. */
const STEPS = 16;
/** A box in degrees that is nearly this wide holds a pole, or goes round it. */
const AROUND = 350;
/** Web Mercator's metres in a degree of longitude. */
const METRES_A_DEGREE = (Math.PI * 6378137) / 180;

/** A raster's place by its CRS (as text) and geotransform. Boxes and transforms are worked out once for each CRS. */
export function sourceFrame(raster: {
  readonly width: number;
  readonly height: number;
  readonly transform: Affine;
  readonly crs: string;
}): SourceFrame {
  const { width, height, transform, crs } = raster;
  const toPixel = invertAffine(transform);
  const own = parseCrs(crs);
  const centreLon = own.isGeographic() ? applyAffine(transform, width / 2, height / 2)[0] : null;
  const boxes = new Map<string, CrsBox | null>();
  const maps = new Map<string, PointMap>();
  const same = (other: string) => own.isSame(parseCrs(other));

  const makeMap = (other: string): PointMap => {
    const change: PointMap = same(other) ? (x, y) => [x, y] : crsTransform(other, crs);
    return (x, y) => {
      const point = change(x, y);
      if (point === null) return null;
      const turn = centreLon === null ? 0 : turnsTowards(point[0], centreLon);
      return applyAffine(toPixel, point[0] + turn, point[1]);
    };
  };
  const makeBox = (other: string): CrsBox | null => {
    const change: PointMap = same(other) ? (x, y) => [x, y] : crsTransform(crs, other);
    const points: (readonly [number, number])[] = [];
    for (let row = 0; row <= STEPS; row++) {
      for (let column = 0; column <= STEPS; column++) {
        const at = applyAffine(transform, (width * column) / STEPS, (height * row) / STEPS);
        const point = change(...at);
        if (point !== null) points.push(point);
      }
    }
    return boxAround(points, other);
  };
  return {
    width,
    height,
    transform,
    boxIn: (other) => remembered(boxes, other, makeBox),
    pixelFrom: (other) => remembered(maps, other, makeMap),
  };
}

/** Pictures ask for a handful of CRSs; somebody who asks for all of them makes no memory grow. */
const MOST_REMEMBERED = 16;

function remembered<T>(known: Map<string, T>, key: string, make: (key: string) => T): T {
  const found = known.get(key);
  if (found !== undefined || known.has(key)) return found as T;
  if (known.size >= MOST_REMEMBERED) known.clear();
  const made = make(key);
  known.set(key, made);
  return made;
}

function boxAround(points: readonly (readonly [number, number])[], crs: string): CrsBox | null {
  const [first] = points;
  if (first === undefined) return null;
  const unit = { 'OGC:CRS84': 1, 'EPSG:3857': METRES_A_DEGREE }[crs] ?? null;
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [px, py] of points) {
    const x = unit === null ? px : px + unit * turnsTowards(px / unit, first[0] / unit);
    [minX, minY, maxX, maxY] = [Math.min(minX, x), Math.min(minY, py), Math.max(maxX, x), Math.max(maxY, py)];
  }
  if (unit === null || maxX - minX < AROUND * unit) return { minX, minY, maxX, maxY };
  // Round a pole: all longitudes, and up to the pole's side of the world.
  const [limit, half] = [crs === 'OGC:CRS84' ? 90 : 180 * unit, 180 * unit];
  const north = minY + maxY >= 0;
  return { minX: -half, maxX: half, minY: north ? minY : -limit, maxY: north ? limit : maxY };
}
