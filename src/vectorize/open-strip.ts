import type { ObjectSums } from './object-sums.ts';
import type { RowRuns } from './row-runs.ts';

/** Which open end of a strip: down a left edge or up a right edge, of a run of its top or bottom row. */
export const AT_TOP = 0;
export const AT_BOTTOM = 1;

/** A stretch of outline that comes into the strip and leaves it again. */
export interface OpenChain {
  /** The run down whose left edge it comes in (at the top), or up whose right edge (at the bottom). */
  readonly fromSide: 0 | 1;
  readonly fromRun: number;
  /** The run up whose right edge it leaves (at the top), or down whose left edge (at the bottom). */
  readonly toSide: 0 | 1;
  readonly toRun: number;
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
  readonly chains: readonly OpenChain[];
  readonly rings: readonly OpenRing[];
  readonly groupOfPart: Int32Array;
  readonly groups: readonly ObjectSums[];
}
