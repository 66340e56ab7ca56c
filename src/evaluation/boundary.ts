import { NO_CATEGORY } from './categories.ts';
import { squaredDistances } from './distance-transform.ts';

/** Category indexes of one window, (height, width); NO_CATEGORY where the pixel cannot be judged. */
export interface CategoryBlock {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface BoundaryHit {
  readonly side: 'mapped' | 'labelled';
  /** Within the block. */
  readonly x: number;
  readonly y: number;
  /** The other side has a boundary of the class within the tolerance. */
  readonly near: boolean;
}

/**
 * Boundary pixels of one class: its pixels with a 4-neighbour that can be judged and is not of the class. Edges of the
 * scene and of unlabelled ground are no boundaries.
 */
export function boundaryPixels(block: CategoryBlock, category: number): Uint8Array {
  const { width, height, data } = block;
  const out = new Uint8Array(data.length);
  const other = (i: number) => data[i] !== category && data[i] !== NO_CATEGORY;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      if (data[i] !== category) continue;
      const edge =
        (x > 0 && other(i - 1)) ||
        (x + 1 < width && other(i + 1)) ||
        (y > 0 && other(i - width)) ||
        (y + 1 < height && other(i + width));
      if (edge) out[i] = 1;
    }
  }
  return out;
}

/**
 * Compares the boundaries of one class in a map and in labels that can be judged at the same pixels: which boundary
 * pixels of either lie within `tolerancePixels` (Euclidean, pixel centres) of one of the other (boundary F1: Csurka et al.,
 * "What is a good evaluation measure for semantic segmentation?", BMVC 2013). Exact for pixels farther than the
 * tolerance plus one from the block's edge.
 */
export function compareBoundaries(
  map: CategoryBlock,
  labels: CategoryBlock,
  category: number,
  tolerancePixels: number,
): BoundaryHit[] {
  const mapped = boundaryPixels(map, category);
  const labelled = boundaryPixels(labels, category);
  return [
    ...compare('mapped', mapped, { others: labelled, width: map.width, tolerancePixels }),
    ...compare('labelled', labelled, { others: mapped, width: map.width, tolerancePixels }),
  ];
}

function compare(
  side: BoundaryHit['side'],
  own: Uint8Array,
  to: { others: Uint8Array; width: number; tolerancePixels: number },
): BoundaryHit[] {
  if (!own.includes(1)) return [];
  const distance = squaredDistances(to.others, to.width, own.length / to.width);
  const limit = to.tolerancePixels * to.tolerancePixels + 1e-9;
  const hits: BoundaryHit[] = [];
  for (let i = 0; i < own.length; i += 1) {
    if (own[i] === 0) continue;
    hits.push({
      side,
      x: i % to.width,
      y: Math.floor(i / to.width),
      near: (distance[i] ?? Infinity) <= limit,
    });
  }
  return hits;
}
