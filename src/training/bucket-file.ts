import type { SceneCell } from '../gallery/scene-cells.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';

/** Cells of the gallery on one scene of a training set, as the trainer reads them; -1 is a cell without a bucket. */
export interface SceneBuckets {
  readonly id: string;
  /** Sides of a cell in pixels of the training set. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly columns: number;
  readonly rows: number;
  /** Row by row. */
  readonly buckets: readonly number[];
}

/** The buckets file: which bucket each part of a training set's scenes belongs to. `codes` names the buckets. */
export interface BucketFile {
  readonly version: 1;
  readonly partition: string;
  readonly codes: readonly string[];
  readonly scenes: readonly SceneBuckets[];
}

const NO_BUCKET = -1;

/** Both grids of a scene: the one it is trained on, and the one whose chips have buckets. */
export interface SceneGrids {
  readonly training: WorkingGrid;
  readonly gallery: WorkingGrid;
  readonly chipPixels: number;
}

/**
 * Lays cells of the gallery on a training scene. Both grids begin in the scene's corner, so a cell's side follows from
 * their scales. What is left out has no bucket. Pure.
 */
export function placeCells(
  id: string,
  cells: readonly Pick<SceneCell, 'x' | 'y' | 'bucket'>[],
  { training, gallery, chipPixels }: SceneGrids,
): SceneBuckets {
  const columns = Math.ceil(gallery.width / chipPixels);
  const rows = Math.ceil(gallery.height / chipPixels);
  const buckets = new Array<number>(columns * rows).fill(NO_BUCKET);
  for (const { x, y, bucket } of cells) buckets[(y / chipPixels) * columns + x / chipPixels] = bucket;
  return {
    id,
    cellWidth: (chipPixels * gallery.scaleX) / training.scaleX,
    cellHeight: (chipPixels * gallery.scaleY) / training.scaleY,
    columns,
    rows,
    buckets,
  };
}
