import { intersectWindows, type Window } from '../geo/window.ts';

/** Where a rectangle's first element lies in an array of rows, and the step from one row to the next. */
export interface Placement {
  readonly offset: number;
  readonly stride: number;
}

/**
 * Where `inner` lies in an array that holds `outer` row by row; both windows on one grid.
 * Throws RangeError where `inner` is not wholly inside.
 */
export function placementOf(outer: Window, inner: Window): Placement {
  const dx = inner.x - outer.x;
  const dy = inner.y - outer.y;
  if (dx < 0 || dy < 0 || dx + inner.width > outer.width || dy + inner.height > outer.height) {
    throw new RangeError(`window ${describe(inner)} is not inside ${describe(outer)}`);
  }
  return { offset: dy * outer.width + dx, stride: outer.width };
}

/** The common rectangle of two arrays on one grid, and where it lies in each; null where they do not meet. */
export function commonPlacement(
  a: Window,
  b: Window,
): {
  readonly width: number;
  readonly height: number;
  readonly inA: Placement;
  readonly inB: Placement;
} | null {
  const common = intersectWindows(a, b);
  if (common === null) return null;
  const { width, height } = common;
  return { width, height, inA: placementOf(a, common), inB: placementOf(b, common) };
}

const describe = (w: Window): string => `[${w.x}, ${w.y}, ${w.width}x${w.height}]`;
