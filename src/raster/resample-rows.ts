import type { AxisKernel } from './axis-kernel.ts';
import type { NativeRows } from './native-rows.ts';
import { blockTypeOf, integerRange } from './native-type.ts';
import type { BlockData, PixelBlock } from './pixel-block.ts';
import { combineRows, filterRow, missingWeight, type WeightedRows } from './separable-passes.ts';

/** Where resampled pixels go: the block, and the position of the first output pixel in it. */
export interface ResampleTarget {
  readonly block: PixelBlock;
  readonly x: number;
  readonly y: number;
}

/**
 * A separable resampler that is fed source rows in order, strip by strip, and keeps only as many filtered rows as its
 * vertical kernel spans. Sums run over source pixels in ascending order in float64, so a pixel is the same number
 * whatever window it is computed in. Pixels without data carry no weight; an output pixel is valid where at least half
 * of its weight is (absolute weights, where bicubic ones are negative).
 */
export class RowResampler {
  readonly #x: AxisKernel;
  readonly #y: AxisKernel;
  readonly #target: ResampleTarget;
  /** Filtered rows: per row the bands, then the valid weight, then the missing absolute weight. */
  readonly #ring: Float64Array;
  readonly #ringRows: number;
  readonly #rowLength: number;
  /** 1 where all pixels of a ring row are valid. */
  readonly #clean: Uint8Array;
  readonly #sums: Float64Array;
  readonly #divisors: Float64Array;
  readonly #sourceX: number;
  #next = 0;

  /** `sourceX`: the level's column of the first sample of the rows that will be fed. */
  constructor(x: AxisKernel, y: AxisKernel, sourceX: number, target: ResampleTarget) {
    this.#x = x;
    this.#y = y;
    this.#sourceX = sourceX;
    this.#target = target;
    this.#rowLength = (target.block.bands + 2) * x.length;
    this.#ringRows = y.maxTaps;
    this.#ring = new Float64Array(this.#ringRows * this.#rowLength);
    this.#clean = new Uint8Array(this.#ringRows);
    this.#sums = new Float64Array(this.#rowLength);
    this.#divisors = new Float64Array(x.length);
  }

  /** Takes the next rows; writes every output row that they complete. */
  feed(rows: NativeRows): void {
    for (let r = 0; r < rows.rows; r++) {
      this.#filter(rows, r);
      const y = rows.y + r;
      while (this.#next < this.#y.length && (this.#y.first[this.#next] ?? 0) + this.#y.maxTaps - 1 <= y) {
        this.#emit(this.#next++);
      }
    }
  }

  #filter(rows: NativeRows, r: number): void {
    const width = rows.valid.length / rows.rows;
    const slot = (rows.y + r) % this.#ringRows;
    const offset = r * width - this.#sourceX;
    const { length, sourceStart, sourceEnd } = this.#x;
    let at = slot * this.#rowLength;
    for (const band of rows.bands) {
      filterRow(this.#x, band, offset, this.#ring, at);
      at += length;
    }
    const clean =
      rows.invalid === 0 || !rows.valid.subarray(offset + sourceStart, offset + sourceEnd).includes(0);
    this.#clean[slot] = clean ? 1 : 0;
    if (clean) {
      this.#ring.set(this.#x.sums, at);
      this.#ring.fill(0, at + length, at + 2 * length);
    } else {
      filterRow(this.#x, rows.valid, offset, this.#ring, at);
      missingWeight(this.#x, rows.valid, offset, this.#ring, at + length);
    }
  }

  #emit(i: number): void {
    const { first, weights, maxTaps, signed } = this.#y;
    const starts: number[] = [];
    let clean = true;
    for (let k = 0; k < maxTaps; k++) {
      const slot = ((first[i] ?? 0) + k) % this.#ringRows;
      starts.push(slot * this.#rowLength);
      clean &&= this.#clean[slot] === 1;
    }
    const taps: WeightedRows = { starts, weights: [...weights.subarray(i * maxTaps, (i + 1) * maxTaps)] };
    const { length } = this.#x;
    if (clean) combineRows(this.#sums, 0, this.#ring, taps, this.#target.block.bands * length);
    else {
      const missing = this.#rowLength - length;
      combineRows(this.#sums, 0, this.#ring, taps, missing);
      const absolute = {
        starts: starts.map((s) => s + missing),
        weights: signed ? taps.weights.map(Math.abs) : taps.weights,
      };
      combineRows(this.#sums, missing, this.#ring, absolute, length);
    }
    this.#store(i, clean);
  }

  #store(i: number, clean: boolean): void {
    const { block, x, y } = this.#target;
    const { length } = this.#x;
    const at = (y + i) * block.window.width + x;
    const plane = block.window.width * block.window.height;
    const full = this.#y.sums[i] ?? 1;
    // Where every pixel is there, the divisor is this, in either case: one pixel has one value.
    const divisors = this.#divisors;
    for (let c = 0; c < length; c++) divisors[c] = (this.#x.sums[c] as number) * full;
    if (clean) block.valid.fill(1, at, at + length);
    else this.#judge(i, at, divisors);
    for (let b = 0; b < block.bands; b++) {
      divide(this.#sums, b * length, divisors, { data: block.data, at: b * plane + at });
      if (!clean)
        for (let c = 0; c < length; c++) if (block.valid[at + c] === 0) block.data[b * plane + at + c] = 0;
    }
  }

  /** Decides which pixels of an output row are valid, and what their sums are to be divided by. */
  #judge(i: number, at: number, divisors: Float64Array): void {
    const { length, absoluteSums } = this.#x;
    const full = this.#y.absoluteSums[i] ?? 1;
    const weight = this.#target.block.bands * length;
    for (let c = 0; c < length; c++) {
      const missing = this.#sums[weight + length + c] ?? 0;
      if (missing !== 0) divisors[c] = this.#sums[weight + c] ?? 1;
      // A hair of tolerance, so that exactly half of the weight counts as half after rounding.
      this.#target.block.valid[at + c] = missing <= full * (absoluteSums[c] ?? 1) * (0.5 + 1e-9) ? 1 : 0;
    }
  }
}

/** out = sums / divisors; integers rounded half up and held in their range. (`as number`: see separable-passes.ts.) */
function divide(
  sums: Float64Array,
  from: number,
  divisors: Float64Array,
  out: { data: BlockData; at: number },
): void {
  const { data, at } = out;
  const { length } = divisors;
  const range = integerRange(blockTypeOf(data));
  if (range === null) {
    for (let c = 0; c < length; c++) data[at + c] = (sums[from + c] as number) / (divisors[c] as number);
    return;
  }
  const [low, high] = range;
  for (let c = 0; c < length; c++) {
    const value = Math.floor((sums[from + c] as number) / (divisors[c] as number) + 0.5);
    data[at + c] = value < low ? low : value > high ? high : value;
  }
}
