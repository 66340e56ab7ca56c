import type { Window } from '../geo/window.ts';
import type { ValidMask } from './valid-mask.ts';

export interface SampleSource {
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
}

/** Cells of the lattice are whole blocks, at least this wide. */
const CELL = 256;
const MOST_WINDOWS = 256;
/** Windows at valid places, and their side. */
const VALID_PLACES = 64;
const VALID_SIDE = 64;

/**
 * Windows whose pixels stand for a scene, at most about `budget` pixels together, at fixed places: all of it where it is
 * small; else an even lattice of tiles, or of bands of rows where the file is stored in strips.
 */
export function sampleWindows(source: SampleSource, budget: number): Window[] {
  const { width, height, blockWidth } = source;
  if (width * height <= budget) return wholeInStrips(source);
  return blockWidth >= width ? rowSample(source, budget) : tileSample(source, budget);
}

function wholeInStrips({ width, height }: SampleSource): Window[] {
  const rows = Math.max(1, Math.floor(2 ** 20 / width));
  const windows: Window[] = [];
  for (let y = 0; y < height; y += rows) windows.push({ x: 0, y, width, height: Math.min(rows, height - y) });
  return windows;
}

function rowSample({ width, height, blockHeight }: SampleSource, budget: number): Window[] {
  const wantedRows = Math.max(1, Math.floor(budget / width));
  const rows = Math.min(blockHeight, Math.max(1, Math.floor(wantedRows / 16)));
  const count = Math.max(1, Math.floor(wantedRows / rows));
  return spread(count, height, { cell: rows, length: rows }).map((y) => ({
    x: 0,
    y,
    width,
    height: Math.min(rows, height - y),
  }));
}

function tileSample({ width, height, blockWidth, blockHeight }: SampleSource, budget: number): Window[] {
  const cell = (block: number) => block * Math.ceil(CELL / block);
  const [cw, ch] = [cell(blockWidth), cell(blockHeight)];
  const [cellsX, cellsY] = [Math.ceil(width / cw), Math.ceil(height / ch)];
  // Every window costs the decoding of the whole cell it lies in.
  const count = Math.min(cellsX * cellsY, MOST_WINDOWS, Math.max(9, Math.floor((8 * budget) / (cw * ch))));
  const across = Math.min(cellsX, Math.max(1, Math.round(Math.sqrt((count * cellsX) / cellsY))));
  const down = Math.min(cellsY, Math.max(1, Math.floor(count / across)));
  const side = Math.floor(Math.sqrt(budget / (across * down)));
  const [w, h] = [Math.min(cw, side), Math.min(ch, side)];
  const windows: Window[] = [];
  for (const y of spread(down, height, { cell: ch, length: h })) {
    for (const x of spread(across, width, { cell: cw, length: w })) {
      windows.push({ x, y, width: Math.min(w, width - x), height: Math.min(h, height - y) });
    }
  }
  return windows;
}

/**
 * Starts of about `count` pieces of `length` spread evenly over `size`, each in the middle of a cell of its own, the
 * cells being those of a grid: no piece touches two blocks where cells are blocks.
 */
function spread(count: number, size: number, { cell, length }: { cell: number; length: number }): number[] {
  const cells = Math.ceil(size / cell);
  const wanted = Math.min(count, cells);
  return Array.from({ length: wanted }, (_, i) => {
    const start = Math.floor(((i + 0.5) * cells) / wanted) * cell;
    return start + Math.max(0, Math.floor((Math.min(cell, size - start) - length) / 2));
  });
}

/** Windows around valid places of the mask, evenly spaced among them: for scenes that are mostly without data. */
export function windowsAtValid(source: SampleSource, mask: ValidMask): Window[] {
  const step = Math.max(1, Math.floor(mask.validCount / VALID_PLACES));
  const windows: Window[] = [];
  let seen = 0;
  for (let i = 0; i < mask.valid.length; i++) {
    if (mask.valid[i] === 0 || seen++ % step !== 0 || windows.length >= VALID_PLACES) continue;
    const x = Math.floor(((i % mask.width) * source.width) / mask.width);
    const y = Math.floor((Math.floor(i / mask.width) * source.height) / mask.height);
    windows.push({
      x,
      y,
      width: Math.min(VALID_SIDE, source.width - x),
      height: Math.min(VALID_SIDE, source.height - y),
    });
  }
  return windows;
}
