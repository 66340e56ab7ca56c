import type { ObjectSums } from './object-sums.ts';
import type { RowRuns } from './row-runs.ts';

/** Which open end of a strip: down a left edge or up a right edge, of a run of its top or bottom row. */
export const AT_TOP = 0;
export const AT_BOTTOM = 1;

/** Numbers a chain in `OpenChains.ends`. */
export const CHAIN_NUMBERS = 5;

/** Stretches of outline that come into a strip and leave it again, in flat arrays that threads hand over quickly. */
export interface OpenChains {
  /**
   * Of each chain: AT_TOP and the run down whose left edge it comes in, or AT_BOTTOM and the run up whose right edge; AT_TOP
   * and the run up whose right edge it leaves, or AT_BOTTOM and the run down whose left edge; and its number of points.
   */
  readonly ends: Int32Array;
  /** x, y of all points, and their flags. */
  readonly points: Int32Array;
  readonly flags: Uint8Array;
}

/** A ring of an object that goes on outside the strip. */
export interface OpenRing {
  readonly part: number;
  readonly points: Int32Array;
  readonly flags: Uint8Array;
}

/** What a strip leaves to be joined with its neighbours: runs of its border rows, and all of the objects they belong to. */
export interface OpenStrip {
  /** `part` of the runs, and of rings, is a number into `groupOfPart`. */
  readonly top: RowRuns;
  readonly bottom: RowRuns;
  readonly chains: OpenChains;
  readonly rings: readonly OpenRing[];
  readonly groupOfPart: Int32Array;
  readonly groups: readonly ObjectSums[];
}
