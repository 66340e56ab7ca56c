import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import type { PictureGrid } from '../../geo/tile-matrix.ts';
import { colourPixels, reducePixels, toBytes } from './byte-pixels.ts';
import { emptyCanvas, type Canvas } from './canvas.ts';
import type { Look } from './look.ts';
import { paintBetween, paintNearest } from './paint-pixels.ts';
import { planSampling, type SamplingPlan } from './plan-sampling.ts';
import type { RasterSource } from './raster-source.ts';

/** One raster of those that make a picture, opened when it is needed. */
export interface Piece {
  readonly box: LonLatBox;
  open(): Promise<RasterSource>;
}

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
    const source = await piece.open();
    const plan = planSampling(source.frame, source.levels, grid);
    if (plan === null) continue;
    canvas ??= emptyCanvas(grid.width, grid.height);
    await drawSource(canvas, source, { plan, look });
  }
  return canvas;
}

async function drawSource(
  canvas: Canvas,
  source: RasterSource,
  { plan, look }: { plan: SamplingPlan; look: Look },
): Promise<void> {
  const raw = await source.read(plan.level, plan.window, look.bands);
  const bytes = toBytes(raw, plan.window, look.ranges);
  const reduced = reducePixels(bytes, plan.reduce, look.between ? 'mean' : 'middle');
  const pixels = colourPixels(reduced, look.table);
  if (look.between) paintBetween(canvas, plan, pixels);
  else paintNearest(canvas, plan, pixels);
}
