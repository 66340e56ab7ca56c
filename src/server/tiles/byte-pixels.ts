import type { Canvas } from './canvas.ts';
import type { SourcePixels } from './raster-source.ts';

/** Pixels of a window as bytes: one plane (numbers of colours), or red, green and blue. */
export interface BytePixels {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Uint8Array[];
  /** (height, width), 0 where there is nothing; null: all is data. */
  readonly valid: Uint8Array | null;
}

/** The values that become 0 and 255; what lies beyond is cut. */
export type ByteRange = readonly [low: number, high: number];

/** Stretches each band over its range. Values that are no numbers become 0. */
export function toBytes(
  { bands, valid }: SourcePixels,
  size: { width: number; height: number },
  ranges: readonly ByteRange[],
): BytePixels {
  const planes = bands.map((band, i) => stretch(band, ranges[i] ?? [0, 255]));
  return { width: size.width, height: size.height, planes, valid };
}

function stretch(band: ArrayLike<number>, [low, high]: ByteRange): Uint8Array {
  if (band instanceof Uint8Array) {
    if (low === 0 && high === 255) return band;
    const table = Uint8Array.from({ length: 256 }, (_, value) => byteOf(value, low, high));
    return band.map((value) => table[value] ?? 0);
  }
  const out = new Uint8Array(band.length);
  for (let i = 0; i < out.length; i++) out[i] = byteOf(band[i] ?? 0, low, high);
  return out;
}

function byteOf(value: number, low: number, high: number): number {
  const scaled = ((value - low) * 255) / (high - low);
  return scaled > 0 ? Math.min(255, Math.round(scaled)) : 0;
}

/**
 * Makes one pixel of each `by` times `by`: the mean of those with data, or, where there is nothing between values, the one
 * in the middle. Rows and columns at the end that fill no whole pixel are dropped (a pixel is kept where there would be none).
 */
export function reducePixels(pixels: BytePixels, by: number, how: 'mean' | 'middle'): BytePixels {
  if (by === 1) return pixels;
  const width = Math.max(1, Math.floor(pixels.width / by));
  const height = Math.max(1, Math.floor(pixels.height / by));
  const valid = new Uint8Array(width * height);
  const planes = pixels.planes.map(() => new Uint8Array(width * height));
  const shape = { width, height, valid, planes };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const cell = {
        x: column * by,
        y: row * by,
        width: Math.min(by, pixels.width),
        height: Math.min(by, pixels.height),
      };
      if (how === 'mean') meanOf(pixels, cell, shape, row * width + column);
      else middleOf(pixels, cell, shape, row * width + column);
    }
  }
  return { width, height, planes, valid: pixels.valid === null ? null : valid };
}

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Reduced {
  readonly valid: Uint8Array;
  readonly planes: readonly Uint8Array[];
}

function meanOf({ planes, valid, width }: BytePixels, cell: Cell, out: Reduced, to: number): void {
  let count = 0;
  const sums = [0, 0, 0];
  for (let y = cell.y; y < cell.y + cell.height; y++) {
    for (let x = cell.x, at = y * width + x; x < cell.x + cell.width; x++, at++) {
      if (valid !== null && valid[at] === 0) continue;
      count++;
      for (let b = 0; b < planes.length; b++) sums[b] = (sums[b] ?? 0) + (planes[b]?.[at] ?? 0);
    }
  }
  if (count === 0) return;
  out.valid[to] = 1;
  out.planes.forEach((plane, b) => (plane[to] = Math.round((sums[b] ?? 0) / count)));
}

function middleOf({ planes, valid, width }: BytePixels, cell: Cell, out: Reduced, to: number): void {
  const at = (cell.y + (cell.height >> 1)) * width + cell.x + (cell.width >> 1);
  out.valid[to] = valid === null ? 1 : (valid[at] ?? 0);
  out.planes.forEach((plane, b) => (plane[to] = planes[b]?.[at] ?? 0));
}

/** Opacity of a pixel that shows something, as a canvas holds it. */
const OPAQUE = 0xff_00_00_00;

/** Colours by value, as a canvas holds them, (256). */
export type ColourTable = Uint32Array;

/** Pixels in colours: one plane's by a table (or grey), three as red, green and blue; transparent where there is no data. */
export function colourPixels(
  { width, height, planes, valid }: BytePixels,
  table: ColourTable | null,
): Canvas {
  const pixels = new Uint32Array(width * height);
  const [red = new Uint8Array(pixels.length), green = red, blue = red] = planes;
  if (table === null) {
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = (red[i] as number) | ((green[i] as number) << 8) | ((blue[i] as number) << 16) | OPAQUE;
    }
  } else {
    for (let i = 0; i < pixels.length; i++) pixels[i] = table[red[i] as number] as number;
  }
  if (valid !== null) for (let i = 0; i < pixels.length; i++) if (valid[i] === 0) pixels[i] = 0;
  return { width, height, pixels };
}

/** A colour (#rrggbb) as a canvas holds it. */
export const inkOf = (colour: string): number => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return ((red ?? 0) | ((green ?? 0) << 8) | ((blue ?? 0) << 16) | OPAQUE) >>> 0;
};
