import { applyAffine } from '../../geo/affine.ts';
import { fitLattice, type Lattice, type PointMap } from '../../geo/lattice.ts';
import type { PictureGrid } from '../../geo/tile-matrix.ts';
import { intersectWindows, windowArea, type Window } from '../../geo/window.ts';
import { contractError } from '../../core/errors.ts';
import type { CrsBox, SourceFrame, SourceLevel } from './raster-source.ts';

/** How one raster comes into a picture. */
export interface SamplingPlan {
  /** Pixels of the picture that may show the raster. */
  readonly part: Window;
  /** Level of the raster's pyramid, and the window of it that is read. */
  readonly level: number;
  readonly window: Window;
  /** Pixels of the level that are averaged into one, along each axis, before they are sampled; 1 leaves them. */
  readonly reduce: number;
  /** Pixels of the level that one of the picture spans along its narrower side. */
  readonly shrink: number;
  /** From a pixel of the part (its corner; centres are at a half) to pixels of the window, reduced. */
  readonly lattice: Lattice;
}

/** Levels may be a little coarser than the picture: what is gained is less than what is saved. */
export const COARSER = 0.8;
/** A place may be off by this share of a pixel of the picture. */
const TOLERANCE = 0.1;
/** A picture of more pixels of a source would take too long for one who waits. */
const MOST_PIXELS = 24e6;
/** Width of the world in units of a CRS that wraps around. */
const WORLD: Readonly<Record<string, number>> = { 'EPSG:3857': 2 * Math.PI * 6378137, 'OGC:CRS84': 360 };

/**
 * Plans the reading of a raster for a picture: which of its pixels, at which level, and where each is put. Null where the
 * picture shows nothing of it. Pure.
 */
export function planSampling(
  frame: SourceFrame,
  levels: readonly SourceLevel[],
  grid: PictureGrid,
): SamplingPlan | null {
  const part = partOf(frame.boxIn(grid.crs), grid);
  if (part === null) return null;
  const pixelFrom = frame.pixelFrom(grid.crs);
  const map: PointMap = (x, y) => pixelFrom(...applyAffine(grid.transform, part.x + x, part.y + y));
  const ratio = pixelsPerPixel(map, part);
  if (ratio === null) return null;
  const index = levelFor(frame, levels, ratio);
  const level = levels[index];
  if (level === undefined) throw new RangeError('a raster has at least one level');
  const [kx, ky] = [level.width / frame.width, level.height / frame.height];
  const shrink = ratio * Math.min(kx, ky);
  const reduce = Math.max(1, Math.floor(shrink));
  const exact = fitLattice(part, map, ratio * TOLERANCE);
  const window = windowOf(exact, { kx, ky, reduce }, level);
  if (window === null) return null;
  return {
    part,
    level: index,
    window,
    reduce,
    shrink,
    lattice: within(exact, { kx, ky, reduce }, window),
  };
}

/** The window of a picture in which a box lies, by any turn round the earth. */
function partOf(box: CrsBox | null, grid: PictureGrid): Window | null {
  if (box === null) return null;
  const [left, cell, , top, , down] = grid.transform;
  const whole = { x: 0, y: 0, width: grid.width, height: grid.height };
  const world = WORLD[grid.crs];
  for (const turn of world === undefined ? [0] : [0, world, -world]) {
    const x = Math.floor((box.minX + turn - left) / cell) - 1;
    const y = Math.floor((box.maxY - top) / down) - 1;
    const right = Math.ceil((box.maxX + turn - left) / cell) + 1;
    const bottom = Math.ceil((box.minY - top) / down) + 1;
    const common = intersectWindows({ x, y, width: right - x, height: bottom - y }, whole);
    if (common !== null) return common;
  }
  return null;
}

/** Source pixels that one pixel of the picture spans along its narrower side, in the middle of a part. */
function pixelsPerPixel(map: PointMap, { width, height }: Window): number | null {
  for (const [sx, sy] of [
    [0.5, 0.5],
    [0.25, 0.25],
    [0.75, 0.25],
    [0.25, 0.75],
    [0.75, 0.75],
  ] as const) {
    const [x, y] = [width * sx, height * sy];
    const [at, right, below] = [map(x, y), map(x + 1, y), map(x, y + 1)];
    if (at === null || right === null || below === null) continue;
    const ratio = Math.min(
      Math.hypot(right[0] - at[0], right[1] - at[1]),
      Math.hypot(below[0] - at[0], below[1] - at[1]),
    );
    if (Number.isFinite(ratio) && ratio > 0) return ratio;
  }
  return null;
}

/** The coarsest level that still shows what the picture can. */
function levelFor(frame: SourceFrame, levels: readonly SourceLevel[], ratio: number): number {
  let best = 0;
  levels.forEach((level, i) => {
    const shrunk = ratio * Math.min(level.width / frame.width, level.height / frame.height);
    const finest = levels[best];
    if (shrunk >= COARSER && finest !== undefined && level.width < finest.width) best = i;
  });
  return best;
}

interface Scale {
  readonly kx: number;
  readonly ky: number;
  readonly reduce: number;
}

/** The pixels of a level that a lattice spans, with one around them; aligned to what is averaged. */
function windowOf({ xs, ys }: Lattice, { kx, ky, reduce }: Scale, level: SourceLevel): Window | null {
  const [minX, maxX] = range(xs);
  const [minY, maxY] = range(ys);
  if (minX > maxX || minY > maxY) return null;
  const down = (value: number) => Math.floor((Math.floor(value) - 1) / reduce) * reduce;
  const up = (value: number) => Math.ceil((Math.ceil(value) + 1) / reduce) * reduce;
  const [x, y] = [down(minX * kx), down(minY * ky)];
  const span = { x, y, width: up(maxX * kx) - x, height: up(maxY * ky) - y };
  return intersectWindows(span, { x: 0, y: 0, width: level.width, height: level.height });
}

function range(values: Float64Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** A lattice in raster pixels as one in the pixels of a window that is read reduced. */
function within(lattice: Lattice, { kx, ky, reduce }: Scale, window: Window): Lattice {
  return {
    ...lattice,
    xs: lattice.xs.map((x) => (x * kx - window.x) / reduce),
    ys: lattice.ys.map((y) => (y * ky - window.y) / reduce),
  };
}

/** Throws contract error NO_OVERVIEWS where too many pixels would have to be read. */
export function checkBearable({ window }: SamplingPlan): void {
  const pixels = windowArea(window);
  if (pixels <= MOST_PIXELS) return;
  throw contractError(
    'NO_OVERVIEWS',
    `This picture would take ${Math.round(pixels / 1e6)} million pixels of a raster without overviews; the limit is ${MOST_PIXELS / 1e6}.`,
    {
      hint: 'Zoom in, or make the source a Cloud Optimized GeoTIFF: gdal_translate -of COG IN OUT',
      context: { actual: pixels, limit: MOST_PIXELS },
    },
  );
}
