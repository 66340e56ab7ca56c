import { compareBoundaries, type BoundarySide, type CategoryBlock } from './boundary.ts';
import { NO_CATEGORY, type Categories } from './categories.ts';
import type { Strip } from './plan-strips.ts';

const TILE_PIXELS = 1024;

export interface StripPixels {
  /** Category indexes of the strip's read window. */
  readonly map: Uint8Array;
  readonly labels: Uint8Array;
}

export interface BoundaryRule {
  readonly categories: Categories;
  readonly tolerancePixels: number;
}

/** One boundary pixel of a class; `x`, `y` on the grid. */
export interface StripHit {
  readonly category: number;
  readonly side: BoundarySide;
  readonly x: number;
  readonly y: number;
  readonly near: boolean;
}

/** Tells of the boundary pixels of a strip's core, compared tile by tile; every tile sees enough margin for its core to be exact. */
export function stripBoundaries(
  strip: Strip,
  pixels: StripPixels,
  { categories, tolerancePixels }: BoundaryRule,
  visit: (hit: StripHit) => void,
): void {
  const margin = Math.ceil(tolerancePixels) + 2;
  const { width, height, y: top } = strip.read;
  for (let left = 0; left < width; left += TILE_PIXELS) {
    const right = Math.min(left + TILE_PIXELS, width);
    const columns = { from: Math.max(0, left - margin), to: Math.min(width, right + margin) };
    const blocks = judgedTile(pixels, { width, height }, columns);
    if (blocks === null) continue;
    for (let category = categories.firstClass; category < categories.all.length; category += 1) {
      if (!blocks.map.data.includes(category) && !blocks.labels.data.includes(category)) continue;
      compareBoundaries(blocks, category, tolerancePixels, (side, tileX, tileY, near) => {
        const [x, y] = [tileX + columns.from, tileY + top];
        const inside = x >= left && x < right && y >= strip.core.y && y < strip.core.y + strip.core.height;
        if (inside) visit({ category, side, x, y, near });
      });
    }
  }
}

/** Cuts columns out of both rasters and blanks the pixels that cannot be judged in one of them; null: none can. */
function judgedTile(
  pixels: { readonly map: Uint8Array; readonly labels: Uint8Array },
  size: { readonly width: number; readonly height: number },
  columns: { readonly from: number; readonly to: number },
): { map: CategoryBlock; labels: CategoryBlock } | null {
  const width = columns.to - columns.from;
  const map = new Uint8Array(width * size.height).fill(NO_CATEGORY);
  const labels = new Uint8Array(width * size.height).fill(NO_CATEGORY);
  let judged = false;
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = y * size.width + columns.from + x;
      const given = pixels.map[from] ?? NO_CATEGORY;
      const label = pixels.labels[from] ?? NO_CATEGORY;
      if (given === NO_CATEGORY || label === NO_CATEGORY) continue;
      judged = true;
      map[y * width + x] = given;
      labels[y * width + x] = label;
    }
  }
  if (!judged) return null;
  return {
    map: { width, height: size.height, data: map },
    labels: { width, height: size.height, data: labels },
  };
}
