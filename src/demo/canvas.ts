import type { Shape } from './shape.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * The picture while it is made. Planes are row-major, `width * height`; colours are sunlit brightness on flat ground
 * in 0..255 (not clipped), `elevation` is metres above the ground, `taken` marks pixels nothing more may be built on.
 */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly gsdMetres: number;
  readonly red: Float32Array;
  readonly green: Float32Array;
  readonly blue: Float32Array;
  readonly elevation: Float32Array;
  readonly taken: Uint8Array;
}

export function makeCanvas(width: number, height: number, gsdMetres: number): Canvas {
  const plane = () => new Float32Array(width * height);
  return {
    width,
    height,
    gsdMetres,
    red: plane(),
    green: plane(),
    blue: plane(),
    elevation: plane(),
    taken: new Uint8Array(width * height),
  };
}

/** Called for each pixel a shape touches: its index, the share it covers (0..1], and its centre in metres. */
export type PixelPainter = (pixel: number, share: number, x: number, y: number) => void;

/** Visits the pixels of a shape that lie on the canvas; the edge is one pixel wide and soft. */
export function paintShape(canvas: Canvas, shape: Shape, paint: PixelPainter): void {
  const { width, height, gsdMetres: gsd } = canvas;
  const fromX = Math.max(0, Math.floor(shape.minX / gsd - 1));
  const toX = Math.min(width - 1, Math.ceil(shape.maxX / gsd + 1));
  const fromY = Math.max(0, Math.floor(shape.minY / gsd - 1));
  const toY = Math.min(height - 1, Math.ceil(shape.maxY / gsd + 1));
  for (let row = fromY; row <= toY; row++) {
    const y = (row + 0.5) * gsd;
    for (let col = fromX; col <= toX; col++) {
      const x = (col + 0.5) * gsd;
      const share = 0.5 - shape.distance(x, y) / gsd;
      if (share > 0) paint(row * width + col, Math.min(1, share), x, y);
    }
  }
}

/** Blends a colour into one pixel; `share` is how much of it is covered. */
export function blend(canvas: Canvas, pixel: number, share: number, colour: Colour): void {
  const keep = 1 - share;
  canvas.red[pixel] = (canvas.red[pixel] ?? 0) * keep + colour[0] * share;
  canvas.green[pixel] = (canvas.green[pixel] ?? 0) * keep + colour[1] * share;
  canvas.blue[pixel] = (canvas.blue[pixel] ?? 0) * keep + colour[2] * share;
}

export const mixColours = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

export const scaleColour = (c: Colour, by: number): Colour => [c[0] * by, c[1] * by, c[2] * by];

/** Raises the ground of the pixels a shape mostly covers to at least `metres`. */
export function raise(canvas: Canvas, shape: Shape, metres: number): void {
  paintShape(canvas, shape, (pixel, share) => {
    if (share > 0.5) canvas.elevation[pixel] = Math.max(canvas.elevation[pixel] ?? 0, metres);
  });
}

export function take(canvas: Canvas, shape: Shape): void {
  paintShape(canvas, shape, (pixel) => {
    canvas.taken[pixel] = 1;
  });
}

/** Whether no pixel of the shape is taken yet. What hangs over the edge of the canvas counts as free. */
export function isFree(canvas: Canvas, shape: Shape): boolean {
  const { width, height, gsdMetres: gsd } = canvas;
  const fromX = Math.max(0, Math.floor(shape.minX / gsd));
  const toX = Math.min(width - 1, Math.ceil(shape.maxX / gsd));
  const fromY = Math.max(0, Math.floor(shape.minY / gsd));
  const toY = Math.min(height - 1, Math.ceil(shape.maxY / gsd));
  for (let row = fromY; row <= toY; row++) {
    for (let col = fromX; col <= toX; col++) {
      if (canvas.taken[row * width + col] === 0) continue;
      if (shape.distance((col + 0.5) * gsd, (row + 0.5) * gsd) < gsd / 2) return false;
    }
  }
  return true;
}

/** Whether a shape reaches into the canvas at all. */
export const isOnCanvas = (canvas: Canvas, shape: Shape): boolean =>
  shape.maxX > 0 &&
  shape.maxY > 0 &&
  shape.minX < canvas.width * canvas.gsdMetres &&
  shape.minY < canvas.height * canvas.gsdMetres;
