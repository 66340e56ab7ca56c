import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import type { PictureGrid } from '../../geo/tile-matrix.ts';
import { FIRST_FACTOR } from '../../raster/build-overviews.ts';
import { colourPixels, reducePixels, toBytes } from './byte-pixels.ts';
import { emptyCanvas, type Canvas } from './canvas.ts';
import type { Look } from './look.ts';
import { paintBetween, paintNearest } from './paint-pixels.ts';
import { checkBearable, COARSER, planSampling, type SamplingPlan } from './plan-sampling.ts';
import type { RasterSource } from './raster-source.ts';

/** One raster of those that make a picture, opened when it is needed. */
export interface Piece {
  readonly box: LonLatBox;
  open(): Promise<RasterSource>;
  /**
   * The same raster with levels that its file lacks, from a quarter of its size on; absent where it has them, or nobody can
   * make them. May take long the first time.
   */
  coarse?(): Promise<RasterSource>;
}

/** A picture takes `coarse` levels from here on, whether they are there already or not: so that it is always the same. */
const COARSE_FROM = FIRST_FACTOR * COARSER;

/** Draws rasters, later ones over earlier ones, on a grid; null where it shows nothing of them. Stops when the signal is aborted. */
export async function drawPicture(
  pieces: readonly Piece[],
  look: Look,
  grid: PictureGrid,
  signal: AbortSignal,
): Promise<Canvas | null> {
  let canvas: Canvas | null = null;
  for (const piece of pieces) {
    signal.throwIfAborted();
    const chosen = await chooseSource(piece, grid);
    if (chosen === null) continue;
    canvas ??= emptyCanvas(grid.width, grid.height);
    await drawSource(canvas, chosen, look);
  }
  return canvas;
}

interface PlannedSource {
  readonly source: RasterSource;
  readonly plan: SamplingPlan;
}

/** The raster at the levels that a picture takes, made where they are missing; null where it shows nothing of it. */
export async function chooseSource(piece: Piece, grid: PictureGrid): Promise<PlannedSource | null> {
  const planned = planSource(await piece.open(), grid);
  if (planned === null || piece.coarse === undefined || planned.plan.shrink < COARSE_FROM) return planned;
  return planSource(await piece.coarse(), grid);
}

function planSource(source: RasterSource, grid: PictureGrid): PlannedSource | null {
  const plan = planSampling(source.frame, source.levels, grid);
  return plan === null ? null : { source, plan };
}

async function drawSource(canvas: Canvas, { source, plan }: PlannedSource, look: Look): Promise<void> {
  checkBearable(plan);
  const raw = await source.read(plan.level, plan.window, look.bands);
  const bytes = toBytes(raw, plan.window, look.ranges);
  const reduced = reducePixels(bytes, plan.reduce, look.between ? 'mean' : 'middle');
  const pixels = colourPixels(reduced, look.table);
  if (look.between) paintBetween(canvas, plan, pixels);
  else paintNearest(canvas, plan, pixels);
}
