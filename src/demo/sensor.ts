import type { Random } from '../core/random.ts';
import type { Canvas } from './canvas.ts';
import type { Texture } from './texture.ts';

/** How the picture was taken. */
export interface Sensor {
  /** Standard deviation of the blur, pixels. */
  readonly blurPixels: number;
  /** Standard deviation of the noise, in steps of 0..255. */
  readonly noise: number;
  /** Gain and offset a channel: the colour cast and the haze of the scene. */
  readonly gain: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  readonly gamma: number;
}

/** Blur, uneven light, colour cast, noise, rounding: from the canvas to three bytes a pixel, in planes R, G, B. */
export function expose(canvas: Canvas, texture: Texture, sensor: Sensor, random: Random): Uint8Array[] {
  const planes = [canvas.red, canvas.green, canvas.blue];
  return planes.map((plane, channel) => {
    const sharp = blur(plane, canvas, sensor.blurPixels);
    const out = new Uint8Array(plane.length);
    const gain = sensor.gain[channel] ?? 1;
    const offset = sensor.offset[channel] ?? 0;
    for (let i = 0; i < out.length; i++) {
      const light = 1 + 0.025 * (texture.broad[i] ?? 0);
      const value = 255 * Math.pow(Math.max(0, (sharp[i] ?? 0) * light) / 255, sensor.gamma) * gain + offset;
      // Three uniform numbers make a fair bell.
      const noise = (random() + random() + random() - 1.5) * 2 * sensor.noise;
      out[i] = Math.max(1, Math.min(254, Math.round(value + noise)));
    }
    return out;
  });
}

/** Separable Gaussian; the border repeats. */
function blur(plane: Float32Array, { width, height }: Canvas, sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const weights = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-0.5 * ((k - radius) / sigma) ** 2),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  const kernel = Float32Array.from(weights, (w) => w / total);
  const pass = (from: Float32Array, lines: number, length: number, strides: [number, number]) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          const clamped = Math.max(0, Math.min(length - 1, at + k));
          sum += (kernel[k + radius] ?? 0) * (from[line * strides[0] + clamped * strides[1]] ?? 0);
        }
        to[line * strides[0] + at * strides[1]] = sum;
      }
    }
    return to;
  };
  return pass(pass(plane, height, width, [width, 1]), width, height, [1, width]);
}
