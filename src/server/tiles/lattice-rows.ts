import type { SamplingPlan } from './plan-sampling.ts';

/** Where the centres of one row of a plan's part lie, in pixels of its window; NaN: nowhere. */
export interface RowPlaces {
  readonly us: Float64Array;
  readonly vs: Float64Array;
}

/** Calls `take` for each row of a plan's part, from the top; the arrays are the same ones each time. */
export function eachRow(
  { lattice, part }: SamplingPlan,
  take: (places: RowPlaces, row: number) => void,
): void {
  const us = new Float64Array(part.width);
  const vs = new Float64Array(part.width);
  const { step, columns, xs, ys } = lattice;
  for (let row = 0; row < part.height; row++) {
    const y = (row + 0.5) / step;
    const top = Math.floor(y) * columns;
    fillRow(us, { values: xs, top, columns, step, share: y - Math.floor(y) });
    fillRow(vs, { values: ys, top, columns, step, share: y - Math.floor(y) });
    take({ us, vs }, row);
  }
}

interface LatticeRow {
  readonly values: Float64Array;
  /** Index of the corner above on the left. */
  readonly top: number;
  readonly columns: number;
  readonly step: number;
  /** How far the row lies on the way to the corners below. */
  readonly share: number;
}

function fillRow(out: Float64Array, { values, top, columns, step, share }: LatticeRow): void {
  const corner = (column: number): number => {
    const above = values[top + column] ?? Number.NaN;
    return above + ((values[top + columns + column] ?? Number.NaN) - above) * share;
  };
  for (let column = 0, at = 0; at < out.length; column++) {
    const [left, right] = [corner(column), corner(column + 1)];
    const slope = (right - left) / step;
    const end = Math.min(out.length, at + step);
    for (let i = 0.5; at < end; at++, i++) out[at] = left + slope * i;
  }
}
