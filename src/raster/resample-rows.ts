import type { AxisKernel } from './axis-kernel.ts';
import type { NativeRows } from './native-rows.ts';
import { integerRange } from './native-type.ts';
import type { PixelBlock } from './pixel-block.ts';

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
  readonly #planes: number;
  readonly #ring: Float64Array;
  readonly #ringRows: number;
  /** 1 where all pixels of a ring row are valid. */
  readonly #clean: Uint8Array;
  readonly #row: Float64Array;
  readonly #mask: Float64Array;
  readonly #sums: Float64Array;
  readonly #sourceX: number;
  #next = 0;

  /** `sourceX`: the level's column of the first sample of the rows that will be fed. */
  constructor(x: AxisKernel, y: AxisKernel, sourceX: number, target: ResampleTarget) {
    this.#x = x;
    this.#y = y;
    this.#sourceX = sourceX;
    this.#target = target;
    // Per band its sum; then the valid weight and the missing absolute weight.
    this.#planes = target.block.bands + 2;
    this.#ringRows = y.maxTaps + 1;
    this.#ring = new Float64Array(this.#ringRows * this.#planes * x.length);
    this.#clean = new Uint8Array(this.#ringRows);
    const width = x.sourceEnd - x.sourceStart;
    this.#row = new Float64Array(width);
    this.#mask = new Float64Array(width);
    this.#sums = new Float64Array(this.#planes * x.length);
  }

  /** Takes the next rows; writes every output row that they complete. */
  feed(rows: NativeRows): void {
    const width = rows.valid.length / rows.rows;
    for (let r = 0; r < rows.rows; r++) {
      this.#filterRow(rows, r, width);
      const y = rows.y + r;
      while (this.#next < this.#y.length && this.#lastTap(this.#next) <= y) this.#emit(this.#next++);
    }
  }

  #lastTap(i: number): number {
    return (this.#y.first[i] ?? 0) + (this.#y.count[i] ?? 0) - 1;
  }

  #filterRow(rows: NativeRows, r: number, width: number): void {
    const slot = (rows.y + r) % this.#ringRows;
    const bands = rows.bands.length;
    const start = r * width + this.#x.sourceStart - this.#sourceX;
    const end = start + this.#row.length;
    let at = slot * this.#planes * this.#x.length;
    for (let b = 0; b < bands; b++, at += this.#x.length) {
      this.#row.set(rows.bands[b]?.subarray(start, end) ?? []);
      filter(this.#x, this.#row, this.#ring, at);
    }
    const valid = rows.valid.subarray(start, end);
    const clean = rows.invalid === 0 || !valid.includes(0);
    this.#clean[slot] = clean ? 1 : 0;
    if (clean) {
      this.#ring.set(this.#x.sums, at);
      this.#ring.fill(0, at + this.#x.length, at + 2 * this.#x.length);
      return;
    }
    this.#mask.set(valid);
    filter(this.#x, this.#mask, this.#ring, at);
    missing(this.#x, this.#mask, this.#ring, at + this.#x.length);
  }

  #emit(i: number): void {
    const { first, count, weights, maxTaps } = this.#y;
    const taps = count[i] ?? 0;
    const from = first[i] ?? 0;
    let clean = true;
    for (let k = 0; k < taps; k++) clean &&= this.#clean[(from + k) % this.#ringRows] === 1;
    const planes = clean ? this.#target.block.bands : this.#planes;
    const length = planes * this.#x.length;
    const stride = this.#planes * this.#x.length;
    for (let k = 0; k < taps; k++) {
      const weight = weights[i * maxTaps + k] ?? 0;
      const isMissing = this.#y.signed && !clean;
      const ring = ((from + k) % this.#ringRows) * stride;
      const plain = isMissing ? length - this.#x.length : length;
      accumulate(this.#sums, this.#ring, { at: ring, length: plain, weight, first: k === 0 });
      if (isMissing) {
        const sums = this.#sums.subarray(plain);
        accumulate(sums, this.#ring, {
          at: ring + plain,
          length: this.#x.length,
          weight: Math.abs(weight),
          first: k === 0,
        });
      }
    }
    this.#store(i, clean);
  }

  #store(i: number, clean: boolean): void {
    const { block, x, y } = this.#target;
    const width = this.#x.length;
    const plane = block.window.width * block.window.height;
    const at = (y + i) * block.window.width + x;
    const full = this.#y.sums[i] ?? 1;
    const fullAbsolute = this.#y.absoluteSums[i] ?? 1;
    const range = integerRange(block.type);
    const weight = block.bands * width;
    if (!clean) this.#storeValid(at, fullAbsolute);
    else block.valid.fill(1, at, at + width);
    for (let b = 0; b < block.bands; b++) {
      const sums = this.#sums.subarray(b * width, (b + 1) * width);
      const out = block.data.subarray(b * plane + at, b * plane + at + width);
      for (let c = 0; c < width; c++) {
        const whole = clean || (this.#sums[weight + width + c] ?? 0) === 0;
        const divisor = whole ? full * (this.#x.sums[c] ?? 1) : (this.#sums[weight + c] ?? 1);
        const value = (sums[c] ?? 0) / divisor;
        out[c] = range === null ? value : Math.min(Math.max(Math.floor(value + 0.5), range[0]), range[1]);
      }
      if (!clean) for (let c = 0; c < width; c++) if (block.valid[at + c] === 0) out[c] = 0;
    }
  }

  #storeValid(at: number, fullAbsolute: number): void {
    const width = this.#x.length;
    const gone = (this.#target.block.bands + 1) * width;
    for (let c = 0; c < width; c++) {
      const total = fullAbsolute * (this.#x.absoluteSums[c] ?? 1);
      // A hair of tolerance, so that exactly half of the weight counts as half after rounding.
      this.#target.block.valid[at + c] = (this.#sums[gone + c] ?? 0) <= total * (0.5 + 1e-9) ? 1 : 0;
    }
  }
}

function filter(kernel: AxisKernel, row: Float64Array, out: Float64Array, at: number): void {
  const { length, first, count, weights, maxTaps, sourceStart } = kernel;
  for (let i = 0; i < length; i++) {
    const from = (first[i] ?? 0) - sourceStart;
    const taps = count[i] ?? 0;
    const w = i * maxTaps;
    let sum = 0;
    for (let k = 0; k < taps; k++) sum += (weights[w + k] ?? 0) * (row[from + k] ?? 0);
    out[at + i] = sum;
  }
}

/** The absolute weight of the pixels whose mask is 0. */
function missing(kernel: AxisKernel, mask: Float64Array, out: Float64Array, at: number): void {
  const { length, first, count, weights, maxTaps, sourceStart } = kernel;
  for (let i = 0; i < length; i++) {
    const from = (first[i] ?? 0) - sourceStart;
    const taps = count[i] ?? 0;
    let sum = 0;
    for (let k = 0; k < taps; k++)
      sum += Math.abs(weights[i * maxTaps + k] ?? 0) * (1 - (mask[from + k] ?? 0));
    out[at + i] = sum;
  }
}

function accumulate(
  sums: Float64Array,
  ring: Float64Array,
  tap: { at: number; length: number; weight: number; first: boolean },
): void {
  const { at, length, weight } = tap;
  if (tap.first) for (let i = 0; i < length; i++) sums[i] = weight * (ring[at + i] ?? 0);
  else for (let i = 0; i < length; i++) sums[i] = (sums[i] ?? 0) + weight * (ring[at + i] ?? 0);
}
