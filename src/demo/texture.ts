import type { Random } from '../core/random.ts';
import type { Canvas, Colour, PixelPainter } from './canvas.ts';
import { blend, scaleColour } from './canvas.ts';

/** Value noise at four scales, one number a pixel, mostly within -1..1; shared by all surfaces of a scene. */
export interface Texture {
  /** Features of about 90 m: where the ground is green and where it is bare. */
  readonly broad: Float32Array;
  /** About 14 m: patches of wear, damp, dust. */
  readonly patch: Float32Array;
  /** About 2 m: tufts, stones, stains. */
  readonly fine: Float32Array;
  /** White, per pixel. */
  readonly grain: Float32Array;
}

export function makeTexture(canvas: Canvas, random: Random): Texture {
  const plane = (metres: number, octaves: number) => fractalNoise(canvas, metres, octaves, random);
  const grain = new Float32Array(canvas.width * canvas.height);
  for (let i = 0; i < grain.length; i++) grain[i] = random() + random() - 1;
  return { broad: plane(90, 3), patch: plane(14, 3), fine: plane(2.2, 2), grain };
}

const TABLE = 256;

/** Octaves of value noise, each on a lattice turned by its own angle so that no axis shows. */
function fractalNoise(canvas: Canvas, metres: number, octaves: number, random: Random): Float32Array {
  const out = new Float32Array(canvas.width * canvas.height);
  let amplitude = 1;
  let size = metres;
  for (let octave = 0; octave < octaves; octave++) {
    addNoise(out, canvas, { size, amplitude, random });
    amplitude *= 0.55;
    size /= 2.1;
  }
  return out;
}

function addNoise(
  out: Float32Array,
  canvas: Canvas,
  noise: { size: number; amplitude: number; random: Random },
): void {
  const table = Float32Array.from({ length: TABLE * TABLE }, () => noise.random() * 2 - 1);
  const angle = noise.random() * Math.PI;
  const stepX = (Math.cos(angle) * canvas.gsdMetres) / noise.size;
  const stepY = (Math.sin(angle) * canvas.gsdMetres) / noise.size;
  const [offsetX, offsetY] = [noise.random() * TABLE, noise.random() * TABLE];
  for (let row = 0; row < canvas.height; row++) {
    for (let col = 0; col < canvas.width; col++) {
      const x = col * stepX - row * stepY + offsetX;
      const y = col * stepY + row * stepX + offsetY;
      const i = row * canvas.width + col;
      out[i] = (out[i] ?? 0) + noise.amplitude * sampleTable(table, x, y);
    }
  }
}

function sampleTable(table: Float32Array, x: number, y: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const tx = ease(x - x0);
  const ty = ease(y - y0);
  const at = (i: number, j: number) => table[(j & (TABLE - 1)) * TABLE + (i & (TABLE - 1))] ?? 0;
  const top = at(x0, y0) + (at(x0 + 1, y0) - at(x0, y0)) * tx;
  const bottom = at(x0, y0 + 1) + (at(x0 + 1, y0 + 1) - at(x0, y0 + 1)) * tx;
  return top + (bottom - top) * ty;
}

const ease = (t: number): number => t * t * (3 - 2 * t);

/** 0 below `from`, 1 above `to`, smooth between. */
export const smoothstep = (from: number, to: number, value: number): number =>
  ease(Math.max(0, Math.min(1, (value - from) / (to - from))));

/** A surface's colour and how strongly each scale of noise shows in its brightness. */
export interface Surface {
  readonly colour: Colour;
  readonly patch?: number;
  readonly fine?: number;
  readonly grain?: number;
  /** 0..1; less than 1 lets what lies below show through. */
  readonly opacity?: number;
}

export function paintSurface(canvas: Canvas, texture: Texture, surface: Surface): PixelPainter {
  const { colour, patch = 0.06, fine = 0.04, grain = 0.03, opacity = 1 } = surface;
  return (pixel, share) => {
    const brightness =
      1 +
      patch * (texture.patch[pixel] ?? 0) +
      fine * (texture.fine[pixel] ?? 0) +
      grain * (texture.grain[pixel] ?? 0);
    blend(canvas, pixel, share * opacity, scaleColour(colour, brightness));
  };
}
