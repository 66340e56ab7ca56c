import { blend, type Canvas } from './canvas.ts';
import { smoothstep } from './texture.ts';

/** Where the sun stands: unit vector on the ground towards it (x right, y down), and its elevation. */
export interface Sun {
  readonly x: number;
  readonly y: number;
  readonly elevation: number;
}

/** `azimuth` clockwise from north, both in degrees. */
export const sunAt = (azimuth: number, elevationDegrees: number): Sun => ({
  x: Math.sin((azimuth * Math.PI) / 180),
  y: -Math.cos((azimuth * Math.PI) / 180),
  elevation: (elevationDegrees * Math.PI) / 180,
});

/** Brightness of a sunlit face with slopes dh/dx, dh/dy, against flat ground: 1 is as bright as flat. */
export function faceBrightness(sun: Sun, slopeX: number, slopeY: number): number {
  const cosine =
    (Math.sin(sun.elevation) - Math.cos(sun.elevation) * (slopeX * sun.x + slopeY * sun.y)) /
    Math.sqrt(1 + slopeX * slopeX + slopeY * slopeY);
  return 0.35 + 0.65 * Math.max(0, Math.min(1.5, cosine / Math.sin(sun.elevation)));
}

/**
 * Darkens what lies in shadow. One sweep away from the sun carries the height of the shadow's edge from row to row
 * (or column to column), sinking by the sun's slope; interpolation between pixels makes far edges softer, as a
 * penumbra does. Shadows are bluish, since the sky still lights them. Cost: one pass.
 */
export function castShadows(canvas: Canvas, sun: Sun, ambient: number): void {
  const edge = shadowHeights(canvas, sun);
  for (let i = 0; i < edge.length; i++) {
    const depth = (edge[i] ?? 0) - (canvas.elevation[i] ?? 0);
    const shadow = smoothstep(0.05, 0.7, depth);
    if (shadow === 0) continue;
    const r = (canvas.red[i] ?? 0) * ambient;
    const g = (canvas.green[i] ?? 0) * ambient * 1.04;
    const b = (canvas.blue[i] ?? 0) * ambient * 1.16;
    blend(canvas, i, shadow, [r, g, b]);
  }
}

function shadowHeights(canvas: Canvas, sun: Sun): Float32Array {
  const { width, height, elevation } = canvas;
  const edge = new Float32Array(width * height);
  const byRows = Math.abs(sun.y) >= Math.abs(sun.x);
  const [lines, length] = byRows ? [height, width] : [width, height];
  const [lineStride, stride] = byRows ? [width, 1] : [1, width];
  const towards = Math.sign(byRows ? sun.y : sun.x);
  const shift = byRows ? sun.x / Math.abs(sun.y) : sun.y / Math.abs(sun.x);
  const sink = (canvas.gsdMetres / Math.abs(byRows ? sun.y : sun.x)) * Math.tan(sun.elevation);
  const top = (line: number, at: number) => {
    if (at < 0 || at >= length) return 0;
    const i = line * lineStride + at * stride;
    return Math.max(elevation[i] ?? 0, edge[i] ?? 0);
  };
  for (let n = 1; n < lines; n++) {
    const line = towards > 0 ? lines - 1 - n : n;
    for (let at = 0; at < length; at++) {
      const from = at + shift;
      const low = Math.floor(from);
      const part = from - low;
      const carried = top(line + towards, low) * (1 - part) + top(line + towards, low + 1) * part;
      edge[line * lineStride + at * stride] = Math.max(0, carried - sink);
    }
  }
  return edge;
}
