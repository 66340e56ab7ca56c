/**
 * The weights of one axis of a separable resampler: output pixel `start + i` is the sum over `maxTaps` source pixels
 * from `first[i]` on (some with weight 0). A function of the absolute output index, the scale and the source's size; never of the window.
 */
export interface AxisKernel {
  readonly length: number;
  readonly first: Int32Array;
  /** (length, maxTaps). */
  readonly weights: Float64Array;
  readonly maxTaps: number;
  /** Per output pixel: sum of the weights, and of their absolute values. */
  readonly sums: Float64Array;
  readonly absoluteSums: Float64Array;
  /** Source pixels [sourceStart, sourceEnd) are used. */
  readonly sourceStart: number;
  readonly sourceEnd: number;
  /** Every output pixel is exactly one source pixel, in order. */
  readonly identity: boolean;
  /** Some weights are negative (bicubic). */
  readonly signed: boolean;
}

export interface AxisSpan {
  /** First output pixel and how many; all must lie on the source. */
  readonly start: number;
  readonly length: number;
  /** Source pixels per output pixel. */
  readonly scale: number;
  /** Source pixels on this axis. */
  readonly size: number;
}

/** Edges nearer than this to a source pixel's edge are on it: GSDs are quotients and never quite whole. */
const SNAP = 1e-6;

const snap = (x: number): number => (Math.abs(x - Math.round(x)) < SNAP ? Math.round(x) : x);

/** Keys' bicubic kernel with a = -0.5 (R. Keys, 1981, eq. 4). */
function keys(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** Whether a scale over this many source pixels moves no pixel by more than a thousandth. */
export const isIdentityScale = (scale: number, size: number): boolean => Math.abs(scale - 1) * size < 1e-3;

/**
 * Area averaging where pixels grow (weights are overlap lengths, unnormalised: whole ratios stay exact), bicubic where
 * they shrink, the pixel itself where they keep their size. Taps outside the source are left out.
 */
export function axisKernel(span: AxisSpan): AxisKernel {
  const { length, scale, size } = span;
  const identity = isIdentityScale(scale, size);
  const signed = !identity && scale < 1;
  const tapsOf = identity ? identityTap : signed ? cubicTaps : areaTaps;
  const taps = Array.from({ length }, (_, i) => {
    const [from, to, weight] = tapsOf(span.start + i, span);
    const lo = Math.min(Math.max(from, 0), size - 1);
    return { lo, hi: Math.max(Math.min(to, size), lo + 1), weight };
  });
  const maxTaps = taps.reduce((most, { lo, hi }) => Math.max(most, hi - lo), 1);
  const first = new Int32Array(length);
  const weights = new Float64Array(length * maxTaps);
  const sums = new Float64Array(length);
  const absoluteSums = new Float64Array(length);
  taps.forEach(({ lo, hi, weight }, i) => {
    // Kernels with fewer taps are filled up with weights of 0, on the left where the source ends.
    const start = Math.min(lo, size - maxTaps);
    first[i] = start;
    for (let k = lo; k < hi; k++) {
      const w = weight(k);
      weights[i * maxTaps + k - start] = w;
      sums[i] = (sums[i] ?? 0) + w;
      absoluteSums[i] = (absoluteSums[i] ?? 0) + Math.abs(w);
    }
  });
  const sourceStart = first[0] ?? 0;
  const sourceEnd = length === 0 ? 0 : (first[length - 1] ?? 0) + maxTaps;
  return { length, first, weights, maxTaps, sums, absoluteSums, sourceStart, sourceEnd, identity, signed };
}

type Taps = readonly [from: number, to: number, weight: (k: number) => number];

const identityTap = (position: number, _span: AxisSpan): Taps => [position, position + 1, () => 1];

function areaTaps(position: number, { scale, size }: AxisSpan): Taps {
  const lo = snap(position * scale);
  const hi = Math.min(snap((position + 1) * scale), size);
  return [Math.floor(lo), Math.ceil(hi), (k) => Math.min(k + 1, hi) - Math.max(k, lo)];
}

function cubicTaps(position: number, { scale }: AxisSpan): Taps {
  const centre = (position + 0.5) * scale - 0.5;
  const base = Math.floor(centre);
  return [base - 1, base + 3, (k) => keys(k - centre)];
}
