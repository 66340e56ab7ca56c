import type { AxisKernel } from './axis-kernel.ts';
import { clearInvalid, type NativeRows } from './native-rows.ts';
import { blockTypeOf, integerRange } from './native-type.ts';
import type { BlockData, PixelBlock } from './pixel-block.ts';
import { combineRows, filterRow, missingWeight } from './separable-passes.ts';

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
  readonly #ring: readonly FilteredRow[];
  readonly #sums: Float64Array;
  readonly #missing: Float64Array;
  readonly #divisors: Float64Array;
  readonly #sourceX: number;
  #next = 0;

  /** `sourceX`: the level's column of the first sample of the rows that will be fed. */
  constructor(x: AxisKernel, y: AxisKernel, sourceX: number, target: ResampleTarget) {
    this.#x = x;
    this.#y = y;
    this.#sourceX = sourceX;
    this.#target = target;
    const { bands } = target.block;
    this.#ring = Array.from({ length: y.maxTaps }, () => filteredRow(bands, x.length));
    this.#sums = new Float64Array((bands + 1) * x.length);
    this.#missing = new Float64Array(x.length);
    this.#divisors = new Float64Array(x.length);
  }

  /** Takes the next rows; writes every output row that they complete. */
  feed(rows: NativeRows): void {
    for (let r = 0; r < rows.rows; r++) {
      const y = rows.y + r;
      const slot = this.#ring[y % this.#ring.length];
      if (slot !== undefined) this.#filter(rows, r, slot);
      while (this.#next < this.#y.length && (this.#y.first[this.#next] ?? 0) + this.#y.maxTaps - 1 <= y) {
        this.#emit(this.#next++);
      }
    }
  }

  #filter(rows: NativeRows, r: number, slot: FilteredRow): void {
    const offset = r * (rows.valid.length / rows.rows) - this.#sourceX;
    rows.bands.forEach((data, b) => {
      const plane = slot.planes[b];
      if (plane !== undefined) filterRow(this.#x, { data, offset }, plane);
    });
    const { sourceStart, sourceEnd, sums } = this.#x;
    slot.clean =
      rows.invalid === 0 || !rows.valid.subarray(offset + sourceStart, offset + sourceEnd).includes(0);
    if (slot.clean) {
      slot.weight.set(sums);
      slot.missing.fill(0);
    } else {
      filterRow(this.#x, { data: rows.valid, offset }, slot.weight);
      missingWeight(this.#x, { data: rows.valid, offset }, slot.missing);
    }
  }

  #emit(i: number): void {
    const { first, weights, maxTaps } = this.#y;
    const slots: FilteredRow[] = [];
    for (let k = 0; k < maxTaps; k++) {
      const slot = this.#ring[((first[i] ?? 0) + k) % maxTaps];
      if (slot !== undefined) slots.push(slot);
    }
    const clean = slots.every((slot) => slot.clean);
    const taps = [...weights.subarray(i * maxTaps, (i + 1) * maxTaps)];
    const length = (this.#target.block.bands + (clean ? 0 : 1)) * this.#x.length;
    combineRows(
      this.#sums,
      slots.map((slot) => slot.all),
      taps,
      length,
    );
    if (!clean) {
      const missing = slots.map((slot) => slot.missing);
      combineRows(this.#missing, missing, taps.map(Math.abs), this.#x.length);
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
    else this.#judge(i, at);
    for (let b = 0; b < block.bands; b++) {
      const sums = this.#sums.subarray(b * length, (b + 1) * length);
      divide(sums, divisors, block.data.subarray(b * plane + at, b * plane + at + length));
      if (!clean) clearInvalid(block.data.subarray(b * plane + at), block.valid.subarray(at, at + length));
    }
  }

  /** Decides which pixels of an output row are valid, and what their sums are to be divided by. */
  #judge(i: number, at: number): void {
    const { length, absoluteSums } = this.#x;
    const full = this.#y.absoluteSums[i] ?? 1;
    const weight = this.#target.block.bands * length;
    for (let c = 0; c < length; c++) {
      const missing = this.#missing[c] ?? 0;
      if (missing !== 0) this.#divisors[c] = this.#sums[weight + c] ?? 1;
      // A hair of tolerance, so that exactly half of the weight counts as half after rounding.
      this.#target.block.valid[at + c] = missing <= full * (absoluteSums[c] ?? 1) * (0.5 + 1e-9) ? 1 : 0;
    }
  }
}

/** One source row after the horizontal pass. */
interface FilteredRow {
  /** The bands' planes, then the weight of the valid pixels: views of one array. */
  readonly all: Float64Array;
  readonly planes: readonly Float64Array[];
  readonly weight: Float64Array;
  /** The absolute weight of the pixels that are not valid. */
  readonly missing: Float64Array;
  /** All pixels are valid. */
  clean: boolean;
}

function filteredRow(bands: number, length: number): FilteredRow {
  const all = new Float64Array((bands + 1) * length);
  const plane = (i: number) => all.subarray(i * length, (i + 1) * length);
  const planes = Array.from({ length: bands }, (_, b) => plane(b));
  return { all, planes, weight: plane(bands), missing: new Float64Array(length), clean: true };
}

/** out = sums / divisors; integers rounded half up and held in their range. (`as number`: see separable-passes.ts.) */
function divide(sums: Float64Array, divisors: Float64Array, out: BlockData): void {
  const { length } = divisors;
  const range = integerRange(blockTypeOf(out));
  if (range === null) {
    for (let c = 0; c < length; c++) out[c] = (sums[c] as number) / (divisors[c] as number);
    return;
  }
  const [low, high] = range;
  for (let c = 0; c < length; c++) {
    const value = Math.floor((sums[c] as number) / (divisors[c] as number) + 0.5);
    out[c] = value < low ? low : value > high ? high : value;
  }
}
