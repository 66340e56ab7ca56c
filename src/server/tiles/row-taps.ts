import type { BytePixels } from './byte-pixels.ts';
import type { RowPlaces } from './lattice-rows.ts';

/** Weights are whole numbers that add up to this. */
const ONE = 65536;

/** The four pixels around each place of a row, and how much each counts. One for a whole picture: arrays are used again. */
export class RowTaps {
  readonly #pixels: BytePixels;
  /** Of the upper left pixel; -1 where nothing is shown. Steps to its neighbours are 0 at the window's edges. */
  readonly #at: Int32Array;
  readonly #right: Uint8Array;
  readonly #down: Int32Array;
  /** (places, 4): of the upper left, upper right, lower left, lower right pixel. */
  readonly #weights: Int32Array;

  constructor(length: number, pixels: BytePixels) {
    this.#pixels = pixels;
    this.#at = new Int32Array(length);
    this.#right = new Uint8Array(length);
    this.#down = new Int32Array(length);
    this.#weights = new Int32Array(4 * length);
  }

  /** Takes the places of the next row. */
  aim({ us, vs }: RowPlaces): void {
    const { width, height, valid } = this.#pixels;
    const weights = this.#weights;
    for (let i = 0; i < us.length; i++) {
      const [u, v] = [us[i] ?? 0, vs[i] ?? 0];
      // Written so that places that are no numbers fail.
      const inside = u >= 0 && u < width && v >= 0 && v < height;
      if (!inside || (valid !== null && valid[Math.floor(v) * width + Math.floor(u)] === 0)) {
        this.#at[i] = -1;
        continue;
      }
      const [left, top] = [Math.floor(u - 0.5), Math.floor(v - 0.5)];
      const fx = ((u - 0.5 - left) * 256) | 0;
      const fy = ((v - 0.5 - top) * 256) | 0;
      this.#at[i] = Math.max(0, top) * width + Math.max(0, left);
      this.#right[i] = left >= 0 && left + 1 < width ? 1 : 0;
      this.#down[i] = top >= 0 && top + 1 < height ? width : 0;
      weights[4 * i + 3] = fx * fy;
      weights[4 * i + 2] = (256 - fx) * fy;
      weights[4 * i + 1] = fx * (256 - fy);
      weights[4 * i] = (256 - fx) * (256 - fy);
      if (valid !== null) this.#leaveOut(i, valid);
    }
  }

  /** Calls `take` with the number of each place that shows something. */
  each(take: (place: number) => void): void {
    for (let i = 0; i < this.#at.length; i++) if ((this.#at[i] ?? -1) >= 0) take(i);
  }

  /** Writes the values of a plane at the places that show something, `stride` apart from `start` on. */
  blend(plane: Uint8Array, out: Uint8Array, start: number, stride: number): void {
    const weights = this.#weights;
    for (let i = 0; i < this.#at.length; i++) {
      const at = this.#at[i] ?? -1;
      if (at < 0) continue;
      const right = this.#right[i] ?? 0;
      const down = this.#down[i] ?? 0;
      const sum =
        (plane[at] ?? 0) * (weights[4 * i] ?? 0) +
        (plane[at + right] ?? 0) * (weights[4 * i + 1] ?? 0) +
        (plane[at + down] ?? 0) * (weights[4 * i + 2] ?? 0) +
        (plane[at + down + right] ?? 0) * (weights[4 * i + 3] ?? 0);
      out[start + i * stride] = (sum + ONE / 2) >>> 16;
    }
  }

  /** Gives the weight of pixels without data to the others. The pixel that holds the place has data, and so some weight. */
  #leaveOut(i: number, valid: Uint8Array): void {
    const [at, right, down] = [this.#at[i] ?? 0, this.#right[i] ?? 0, this.#down[i] ?? 0];
    const weights = this.#weights;
    if (valid[at] === 0) weights[4 * i] = 0;
    if (valid[at + right] === 0) weights[4 * i + 1] = 0;
    if (valid[at + down] === 0) weights[4 * i + 2] = 0;
    if (valid[at + down + right] === 0) weights[4 * i + 3] = 0;
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += weights[4 * i + k] ?? 0;
    if (sum === ONE || sum === 0) return;
    for (let k = 0; k < 4; k++) weights[4 * i + k] = Math.round(((weights[4 * i + k] ?? 0) * ONE) / sum);
  }
}
