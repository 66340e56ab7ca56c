import { NO_CATEGORY } from './categories.ts';
import { squaredDistances } from './distance-transform.ts';

/** Category indexes of one window, (height, width); NO_CATEGORY where the pixel cannot be judged. */
export interface CategoryBlock {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type BoundarySide = 'mapped' | 'labelled';

/** Is told of each boundary pixel of a side; `near`: the other side has one within the tolerance. */
export type BoundaryVisitor = (side: BoundarySide, x: number, y: number, near: boolean) => void;

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
 * pixels of either lie within `tolerancePixels` (Euclidean, pixel centres) of one of the other (boundary F1: Csurka et
 * al., "What is a good evaluation measure for semantic segmentation?", BMVC 2013). Exact for pixels farther than the
 * tolerance plus one from the block's edge.
 */
export function compareBoundaries(
  blocks: { readonly map: CategoryBlock; readonly labels: CategoryBlock },
  category: number,
  tolerancePixels: number,
  visit: BoundaryVisitor,
): void {
  const { width } = blocks.map;
  const mapped = boundaryPixels(blocks.map, category);
  const labelled = boundaryPixels(blocks.labels, category);
  compare({ own: mapped, others: labelled, width, tolerancePixels }, (x, y, near) =>
    visit('mapped', x, y, near),
  );
  compare({ own: labelled, others: mapped, width, tolerancePixels }, (x, y, near) =>
    visit('labelled', x, y, near),
  );
}

function compare(
  sides: { own: Uint8Array; others: Uint8Array; width: number; tolerancePixels: number },
  visit: (x: number, y: number, near: boolean) => void,
): void {
  const { own, others, width, tolerancePixels } = sides;
  let at = own.indexOf(1);
  if (at < 0) return;
  const distance = squaredDistances(others, width, own.length / width);
  const limit = tolerancePixels * tolerancePixels + 1e-9;
  while (at >= 0) {
    visit(at % width, Math.floor(at / width), (distance[at] ?? Infinity) <= limit);
    at = own.indexOf(1, at + 1);
  }
}
