import type { Affine } from '../../geo/affine.ts';
import type { PointMap } from '../../geo/lattice.ts';
import type { Window } from '../../geo/window.ts';

/** One level of a raster's pyramid. */
export interface SourceLevel {
  readonly width: number;
  readonly height: number;
}

/** Pixels of one window of one level, as a picture takes them. */
export interface SourcePixels {
  /** Per band (height, width), in the band's own type. */
  readonly bands: readonly ArrayLike<number>[];
  /** (height, width), 0 where there is nothing; null: all is data. */
  readonly valid: Uint8Array | null;
}

/** Where a raster lies on the ground, and how it meets other CRSs. Pure but for the transforms it holds. */
export interface SourceFrame {
  readonly width: number;
  readonly height: number;
  /** Pixel to the raster's CRS. */
  readonly transform: Affine;
  /**
   * The box of the raster in a CRS that pictures are made in (`EPSG:n`, `OGC:CRS84`), or null where it has no place there.
   * x may lie beyond the CRS's end where the raster crosses the antimeridian.
   */
  boxIn(crs: string): CrsBox | null;
  /** From such a CRS to pixels (col, row) of the raster. */
  pixelFrom(crs: string): PointMap;
}

export interface CrsBox {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** A raster that pictures are made of: a scene, a layer of a map, or something worked out from them. */
export interface RasterSource {
  readonly frame: SourceFrame;
  /** From the finest on; the first is the raster itself. */
  readonly levels: readonly SourceLevel[];
  /** Reads bands (from 1) of a window that lies on the level. */
  read(level: number, window: Window, bands: readonly number[]): Promise<SourcePixels>;
}
