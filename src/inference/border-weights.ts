import type { Window } from '../geo/window.ts';
import type { Step } from '../tiling/border-patches.ts';

/** The eight neighbours of a cell, row by row. */
export const NEIGHBOURS: readonly Step[] = [-1, 0, 1]
  .flatMap((row) => [-1, 0, 1].map((column) => ({ column, row })))
  .filter(({ column, row }) => column !== 0 || row !== 0);

/**
 * How much each of the nine cells in and around a cell has to say about the cell's pixels: a cell's say falls linearly
 * from 1 to 0 over `blendPixels` on both sides of its edges, so that it is a half on the edge and all nine add up to 1.
 * `blendPixels` is at most half a cell.
 */
export class BorderWeights {
  readonly #width: number;
  readonly #height: number;
  readonly #blend: number;

  constructor({ width, height }: Pick<Window, 'width' | 'height'>, blendPixels: number) {
    this.#width = width;
    this.#height = height;
    this.#blend = blendPixels;
  }

  /** Weight of the cell a step away, at column i and row j of the cell. */
  at({ column, row }: Step, i: number, j: number): number {
    return this.#along(column, i, this.#width) * this.#along(row, j, this.#height);
  }

  /** The pixels of the cell, counted from its corner, that the cell a step away has a say in; ends are exclusive. */
  extent({ column, row }: Step): { left: number; right: number; top: number; bottom: number } {
    const [left, right] = this.#span(column, this.#width);
    const [top, bottom] = this.#span(row, this.#height);
    return { left, right, top, bottom };
  }

  #along(step: number, i: number, length: number): number {
    const before = Math.max(0, 0.5 - (i + 0.5) / (2 * this.#blend));
    const after = Math.max(0, 0.5 - (length - i - 0.5) / (2 * this.#blend));
    return step < 0 ? before : step > 0 ? after : 1 - before - after;
  }

  #span(step: number, length: number): [number, number] {
    const band = Math.min(length, this.#blend);
    return step < 0 ? [0, band] : step > 0 ? [length - band, length] : [0, length];
  }
}
