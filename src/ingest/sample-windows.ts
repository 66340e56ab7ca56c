import type { Window } from '../geo/window.ts';
import type { ValidMask } from './valid-mask.ts';

export interface SampleSource {
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
}

/** Tiles smaller than this are taken as they are; larger ones are cut to it. */
const TILE = 256;
const MOST_TILES = 64;

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
  return spread(count, height, rows).map((y) => ({ x: 0, y, width, height: Math.min(rows, height - y) }));
}

function tileSample(source: SampleSource, budget: number): Window[] {
  const side = (block: number, size: number) => Math.min(size, Math.max(TILE, Math.min(block, 2 * TILE)));
  const [w, h] = [side(source.blockWidth, source.width), side(source.blockHeight, source.height)];
  // Every tile costs the decoding of the whole blocks it touches.
  const decoded = Math.max(w * h, source.blockWidth * source.blockHeight);
  const affordable = Math.max(9, Math.floor((8 * budget) / decoded));
  const count = Math.min(MOST_TILES, Math.floor(budget / (w * h)), affordable);
  const across = Math.max(1, Math.round(Math.sqrt((count * source.width) / source.height)));
  const down = Math.max(1, Math.floor(count / across));
  const windows: Window[] = [];
  for (const y of spread(down, source.height, h, source.blockHeight)) {
    for (const x of spread(across, source.width, w, source.blockWidth)) {
      windows.push({ x, y, width: Math.min(w, source.width - x), height: Math.min(h, source.height - y) });
    }
  }
  return windows;
}

/** `count` starts of pieces of `length` spread evenly over `size`, each on a multiple of `align`; no piece twice. */
function spread(count: number, size: number, length: number, align = 1): number[] {
  const starts = new Set<number>();
  for (let i = 0; i < count; i++) {
    const centre = ((i + 0.5) * size) / count;
    const start = Math.floor(Math.max(0, centre - length / 2) / align) * align;
    starts.add(Math.min(start, Math.max(0, size - 1)));
  }
  return [...starts];
}

/** Windows around valid places of the mask, evenly spaced among them: for scenes that are mostly without data. */
export function windowsAtValid(source: SampleSource, mask: ValidMask): Window[] {
  const step = Math.max(1, Math.floor(mask.validCount / MOST_TILES));
  const windows: Window[] = [];
  let seen = 0;
  for (let i = 0; i < mask.valid.length; i++) {
    if (mask.valid[i] === 0 || seen++ % step !== 0 || windows.length >= MOST_TILES) continue;
    const x = Math.floor(((i % mask.width) * source.width) / mask.width);
    const y = Math.floor((Math.floor(i / mask.width) * source.height) / mask.height);
    windows.push({ x, y, width: Math.min(64, source.width - x), height: Math.min(64, source.height - y) });
  }
  return windows;
}
