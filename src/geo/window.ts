/** A pixel rectangle: columns [x, x+width), rows [y, y+height). May hang over the raster's edge where stated. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const windowArea = (w: Window): number => w.width * w.height;

/** The common part of two windows, or null where they do not meet. */
export function intersectWindows(a: Window, b: Window): Window | null {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** The window widened by `margin` pixels on every side. */
export const growWindow = (w: Window, margin: number): Window => ({
  x: w.x - margin,
  y: w.y - margin,
  width: w.width + 2 * margin,
  height: w.height + 2 * margin,
});

/** The corners of a window, (column, row), counter-clockwise on a map with north up; the first is not repeated. */
export const cornersOfWindow = ({ x, y, width, height }: Window): readonly (readonly [number, number])[] => [
  [x, y],
  [x, y + height],
  [x + width, y + height],
  [x + width, y],
];

export const describeWindow = (w: Window): string => `${w.width}x${w.height} at column ${w.x}, row ${w.y}`;
