import type { LonLat } from '../geo/ground-distance.ts';
import type { Affine } from '../geo/affine.ts';
import type { SceneChips } from '../workspace/partition-record.ts';

/** A chip as the gallery keeps it, but for what is the same in the whole scene. */
export interface GalleryChip {
  /** Row-major name: scene, row and column of the first pixel. */
  readonly id: string;
  /** On the scene's grid at the gallery's GSD. */
  readonly x: number;
  readonly y: number;
  readonly validShare: number;
  readonly code: Uint8Array;
  /** Of the fit; null for chips of scenes that were added later. */
  readonly cluster: number | null;
  readonly bucket: number;
  /** Bits to the bucket's centroid, and how many more to the second one's. */
  readonly distance: number;
  readonly margin: number;
  /** Distance to the chip of the fit that looks most alike, and whether that is too far; null where it was not asked. */
  readonly novelty: number | null;
  readonly unknown: boolean | null;
}

/** What is needed to write a scene's chips. */
export interface SceneEntry {
  readonly record: SceneChips;
  readonly chips: readonly GalleryChip[];
  readonly chipPixels: number;
  readonly gsdMetres: number;
  readonly transform: Affine;
  readonly toLonLat: (x: number, y: number) => LonLat;
}
