import { compareBoundaries, type BoundaryHit, type CategoryBlock } from './boundary.ts';
import { NO_CATEGORY, type Categories } from './categories.ts';
import type { Strip } from './plan-strips.ts';

const TILE_PIXELS = 1024;

export interface StripHit {
  readonly category: number;
  /** `x`, `y` on the grid. */
  readonly hit: BoundaryHit;
}

/**
 * Boundary pixels of a strip's core, compared tile by tile; every tile sees enough margin for its core to be exact.
 * `pixels` are category indexes of the strip's read window.
 */
export function* stripBoundaryHits(
  strip: Strip,
  pixels: { readonly map: Uint8Array; readonly labels: Uint8Array },
  categories: Categories,
  tolerancePixels: number,
): Generator<StripHit> {
  const margin = Math.ceil(tolerancePixels) + 2;
  const { width, height, y: top } = strip.read;
  for (let x = 0; x < width; x += TILE_PIXELS) {
    const end = Math.min(x + TILE_PIXELS, width);
    const columns = { from: Math.max(0, x - margin), to: Math.min(width, end + margin) };
    const { map, labels } = judgedTile(pixels, { width, height }, columns);
    for (let category = categories.firstClass; category < categories.all.length; category += 1) {
      if (!map.data.includes(category) && !labels.data.includes(category)) continue;
      for (const hit of compareBoundaries(map, labels, category, tolerancePixels)) {
        const at = { ...hit, x: hit.x + columns.from, y: hit.y + top };
        const inside =
          at.x >= x && at.x < end && at.y >= strip.core.y && at.y < strip.core.y + strip.core.height;
        if (inside) yield { category, hit: at };
      }
    }
  }
}

/** Cuts columns out of both rasters and blanks the pixels that cannot be judged in one of them. */
function judgedTile(
  pixels: { readonly map: Uint8Array; readonly labels: Uint8Array },
  size: { readonly width: number; readonly height: number },
  columns: { readonly from: number; readonly to: number },
): { map: CategoryBlock; labels: CategoryBlock } {
  const width = columns.to - columns.from;
  const map = new Uint8Array(width * size.height).fill(NO_CATEGORY);
  const labels = new Uint8Array(width * size.height).fill(NO_CATEGORY);
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = y * size.width + columns.from + x;
      const given = pixels.map[from] ?? NO_CATEGORY;
      const label = pixels.labels[from] ?? NO_CATEGORY;
      if (given === NO_CATEGORY || label === NO_CATEGORY) continue;
      map[y * width + x] = given;
      labels[y * width + x] = label;
    }
  }
  return {
    map: { width, height: size.height, data: map },
    labels: { width, height: size.height, data: labels },
  };
}
