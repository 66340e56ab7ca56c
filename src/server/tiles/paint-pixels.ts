import type { Canvas } from './canvas.ts';
import { eachRun } from './lattice-runs.ts';
import type { SamplingPlan } from './plan-sampling.ts';

/** Red and blue, or green and opacity, of a pixel: two bytes with room above each to multiply by up to 256. */
const PAIR = 0x00_ff_00_ff;
const HALVES = 0x00_80_00_80;

/**
 * Paints the nearest pixel of a plan's window, for values between which there is nothing. What is transparent leaves what
 * is there.
 */
export function paintNearest(canvas: Canvas, plan: SamplingPlan, { width, height, pixels }: Canvas): void {
  const out = canvas.pixels;
  eachRun(plan, canvas.width, ({ to, length, u, v, du, dv }) => {
    for (let i = 0; i < length; i++) {
      const x = u + du * i;
      const y = v + dv * i;
      // Written so that places that are no numbers fail.
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
      const pixel = pixels[(y | 0) * width + (x | 0)] as number;
      if (pixel !== 0) out[to + i] = pixel;
    }
  });
}

/**
 * Paints colours between the four pixels around, by distance, in steps of 1/256 of a pixel. The pixel that holds the place
 * decides whether there is something; of the others, those that are transparent do not count.
 */
export function paintBetween(canvas: Canvas, plan: SamplingPlan, { width, height, pixels }: Canvas): void {
  const out = canvas.pixels;
  const around = new Uint32Array(4);
  const weights = new Uint32Array(4);
  eachRun(plan, canvas.width, ({ to, length, u, v, du, dv }) => {
    for (let i = 0; i < length; i++) {
      const x = u + du * i;
      const y = v + dv * i;
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
      if (pixels[(y | 0) * width + (x | 0)] === 0) continue;
      // From the middle of a pixel to the next, and one on, so that cutting off is rounding down.
      const fixedX = (x * 256 + 128) | 0;
      const fixedY = (y * 256 + 128) | 0;
      const left = (fixedX >> 8) - 1;
      const top = (fixedY >> 8) - 1;
      const x0 = left < 0 ? 0 : left;
      const x1 = left + 1 < width ? left + 1 : left;
      const y0 = top < 0 ? 0 : top * width;
      const y1 = (top + 1 < height ? top + 1 : top) * width;
      const a = pixels[y0 + x0] as number;
      const b = pixels[y0 + x1] as number;
      const c = pixels[y1 + x0] as number;
      const d = pixels[y1 + x1] as number;
      const right = fixedX & 255;
      const below = fixedY & 255;
      const wd = (right * below) >> 8;
      const wb = right - wd;
      const wc = below - wd;
      const wa = 256 - right - wc;
      if ((a & b & c & d) >>> 24 !== 255) {
        around.set([a, b, c, d]);
        weights.set([wa, wb, wc, wd]);
        out[to + i] = meanOf(around, weights);
        continue;
      }
      const even =
        Math.imul(a & PAIR, wa) + Math.imul(b & PAIR, wb) + Math.imul(c & PAIR, wc) + Math.imul(d & PAIR, wd);
      const odd =
        Math.imul((a >>> 8) & PAIR, wa) +
        Math.imul((b >>> 8) & PAIR, wb) +
        Math.imul((c >>> 8) & PAIR, wc) +
        Math.imul((d >>> 8) & PAIR, wd);
      out[to + i] = (((even + HALVES) >>> 8) & PAIR) | ((odd + HALVES) & ~PAIR);
    }
  });
}

/** The mean of those of some pixels that are not transparent, by weight. */
function meanOf(pixels: Uint32Array, weights: Uint32Array): number {
  const sums = [0, 0, 0, 0];
  let weight = 0;
  pixels.forEach((pixel, i) => {
    if (pixel === 0) return;
    const counts = weights[i] ?? 0;
    weight += counts;
    for (let c = 0; c < 4; c++) sums[c] = (sums[c] ?? 0) + counts * ((pixel >>> (8 * c)) & 255);
  });
  return sums.reduce((out, sum, c) => out | (Math.round(sum / weight) << (8 * c)), 0);
}
