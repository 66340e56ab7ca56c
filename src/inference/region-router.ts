import type { Window } from '../geo/window.ts';
import type { PixelBlock } from '../raster/pixel-block.ts';

/** Where a chip of the image gallery belongs, by its code. */
export interface CellRoute {
  /** The nearest bucket, also of a chip that is unknown. */
  readonly bucket: number;
  /** Bits to the bucket's centroid, and how many more to that of the second-nearest. */
  readonly distance: number;
  readonly margin: number;
  readonly second: number;
  /** Bits to the centroid of every bucket. */
  readonly bits: readonly number[];
  /** How far its looks are from the nearest known ones; null where the partition knows none. */
  readonly novelty: number | null;
  readonly unknown: boolean;
  readonly code: Uint8Array;
}

/** A chip of the image gallery: column and row of chips, counted from the corner of the scene's grid at the gallery's GSD. */
export interface GalleryChipPlace {
  readonly column: number;
  readonly row: number;
}

/** Tells what chips show: embeds, hashes and assigns them. A chip's route depends on the scene alone. */
export interface RegionRouter {
  /** Pixels of the working grid that a chip needs beyond a point inside it, on every side. */
  readonly reachPixels: number;
  /** The chip that holds the middle of a window of the working grid. */
  chipAt(window: Window): GalleryChipPlace;
  /**
   * Routes of chips whose pixels are all in the block, as far as there are any; null for one with too few pixels that
   * hold data.
   */
  route(block: PixelBlock, chips: readonly GalleryChipPlace[]): Promise<(CellRoute | null)[]>;
}
