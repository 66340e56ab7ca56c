import type { SamplingPlan } from './plan-sampling.ts';

/** Some pixels of a row of a picture whose places in the plan's window lie evenly on a line. */
export interface Run {
  /** Index of the first in the picture. */
  readonly to: number;
  readonly length: number;
  /** Place of the first one's centre; NaN: nowhere. */
  readonly u: number;
  readonly v: number;
  /** From one pixel to the next. */
  readonly du: number;
  readonly dv: number;
}

/** Calls `take` for the runs of a plan's part in a picture `width` pixels wide, row by row, cell by cell. */
export function eachRun({ lattice, part }: SamplingPlan, width: number, take: (run: Run) => void): void {
  const { step, columns, xs, ys } = lattice;
  for (let row = 0; row < part.height; row++) {
    const y = (row + 0.5) / step;
    const top = Math.floor(y) * columns;
    const share = y - Math.floor(y);
    const start = (part.y + row) * width + part.x;
    for (let at = 0, corner = top; at < part.width; at += step, corner++) {
      const [u, v] = [down(xs, corner, columns, share), down(ys, corner, columns, share)];
      const du = (down(xs, corner + 1, columns, share) - u) / step;
      const dv = (down(ys, corner + 1, columns, share) - v) / step;
      const length = Math.min(step, part.width - at);
      take({ to: start + at, length, u: u + du / 2, v: v + dv / 2, du, dv });
    }
  }
}

/** On the way from a corner to the one below. */
function down(values: Float64Array, corner: number, columns: number, share: number): number {
  const above = values[corner] ?? Number.NaN;
  return above + ((values[corner + columns] ?? Number.NaN) - above) * share;
}
