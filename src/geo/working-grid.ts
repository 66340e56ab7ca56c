import { scaleAffine, type Affine } from './affine.ts';

/**
 * The pixel grid a scene is read, predicted and mapped on: the scene's own grid with larger or smaller pixels, same
 * origin and orientation. One grid pixel is `scaleX` by `scaleY` source pixels; the last column and row may hang over.
 */
export interface WorkingGrid {
  readonly width: number;
  readonly height: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly transform: Affine;
  /** Ground size of a grid pixel, metres (geometric mean of both axes). */
  readonly gsdMetres: number;
}

export interface GridSource {
  readonly width: number;
  readonly height: number;
  readonly transform: Affine;
  /** Metres on the ground along one pixel step in columns and in rows, at the scene's centre. */
  readonly gsdColumns: number;
  readonly gsdRows: number;
}

/** Scenes whose GSD is within this factor of the working one are read as they are. */
const SAME_GSD = 1.02;

/** The grid on which a scene has square pixels of `gsdMetres` on the ground; `null` asks for the scene's own grid. */
export function planWorkingGrid(source: GridSource, gsdMetres: number | null): WorkingGrid {
  const own = Math.sqrt(source.gsdColumns * source.gsdRows);
  const near = (gsd: number) => gsdMetres !== null && Math.max(gsd / gsdMetres, gsdMetres / gsd) <= SAME_GSD;
  const same = gsdMetres === null || (near(source.gsdColumns) && near(source.gsdRows));
  const scaleX = same || gsdMetres === null ? 1 : gsdMetres / source.gsdColumns;
  const scaleY = same || gsdMetres === null ? 1 : gsdMetres / source.gsdRows;
  return {
    // A sliver of less than a thousandth of a pixel is rounding, not ground.
    width: Math.max(1, Math.ceil(source.width / scaleX - 1e-3)),
    height: Math.max(1, Math.ceil(source.height / scaleY - 1e-3)),
    scaleX,
    scaleY,
    transform: scaleAffine(source.transform, scaleX, scaleY),
    gsdMetres: own * Math.sqrt(scaleX * scaleY),
  };
}
