import type { WorkingGrid } from '../geo/working-grid.ts';
import type { RasterBand } from './gdal.ts';

/** The raster itself or one of its overviews: the same bands and masks at one size. */
export interface PyramidLevel {
  readonly bands: readonly RasterBand[];
  readonly masks: readonly RasterBand[];
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Pixels of this level per pixel of the working grid. */
  readonly scaleX: number;
  readonly scaleY: number;
}

const GMF_ALL_VALID = 1;
const GMF_PER_DATASET = 2;

/** The mask bands of bands: one where the mask is the dataset's, else one per band. */
function masksOf(bands: readonly RasterBand[]): RasterBand[] {
  const shared = bands[0] !== undefined && (bands[0].getMaskFlags() & GMF_PER_DATASET) !== 0;
  const masks = (shared ? bands.slice(0, 1) : bands).map((band) => band.getMaskBand());
  return masks.filter((mask) => mask !== null);
}

function levelOf(
  bands: readonly RasterBand[],
  usesMask: boolean,
  scale: { x: number; y: number },
): PyramidLevel {
  const size = bands[0]?.size ?? { x: 0, y: 0 };
  const block = bands[0]?.blockSize ?? { x: 1, y: 1 };
  return {
    bands,
    masks: usesMask ? masksOf(bands) : [],
    width: size.x,
    height: size.y,
    blockWidth: block.x,
    blockHeight: block.y,
    scaleX: scale.x,
    scaleY: scale.y,
  };
}

/**
 * All levels of a raster that can be read, the raster itself first; overviews that differ between bands, or lack the mask,
 * are left out. `scale`: pixels of the raster per pixel of the working grid.
 */
export function pyramidLevels(
  bands: readonly RasterBand[],
  usesMask: boolean,
  scale: { x: number; y: number } = { x: 1, y: 1 },
): PyramidLevel[] {
  const own = levelOf(bands, usesMask, scale);
  const levels = [own];
  const overviews = Math.min(...bands.map((band) => band.overviews.count()));
  for (let i = 0; i < overviews; i++) {
    const views = bands.map((band) => band.overviews.get(i));
    const size = views[0]?.size;
    if (size === undefined || views.some((view) => view.size.x !== size.x || view.size.y !== size.y))
      continue;
    if (usesMask && views.some((view) => maskless(view))) continue;
    const x = (scale.x * size.x) / own.width;
    const y = (scale.y * size.y) / own.height;
    levels.push(levelOf(views, usesMask, { x, y }));
  }
  return levels;
}

/**
 * The smallest level of a raster that still has at least the pixels of the grid, by the levels' true size ratios: the
 * raster itself where the grid's scale is below 2, where it has no overviews, or where they lack the mask.
 */
export function chooseLevel(
  bands: readonly RasterBand[],
  grid: WorkingGrid,
  options: { usesMask: boolean; allowOverviews: boolean },
): PyramidLevel {
  const scale = { x: grid.scaleX, y: grid.scaleY };
  const own = levelOf(bands, options.usesMask, scale);
  if (!options.allowOverviews || Math.min(scale.x, scale.y) < 2) return own;
  return pyramidLevels(bands, options.usesMask, scale)
    .filter(({ scaleX, scaleY }) => scaleX >= 1 - 1e-6 && scaleY >= 1 - 1e-6)
    .reduce((best, level) => (level.width < best.width ? level : best), own);
}

const maskless = (view: RasterBand): boolean => (view.getMaskFlags() & GMF_ALL_VALID) !== 0;
