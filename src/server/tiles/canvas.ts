/**
 * A picture: one number a pixel, (height, width), whose bytes in memory are red, green, blue, opacity (on little-endian
 * machines, which is all that Node runs on but for one). 0 is nothing.
 */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
}

export const emptyCanvas = (width: number, height: number): Canvas => ({
  width,
  height,
  pixels: new Uint32Array(width * height),
});

/** Red, green, blue, opacity of a canvas, (height, width, 4), in the same memory. */
export const bytesOf = ({ pixels }: Canvas): Uint8Array =>
  new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);

/** Whether every pixel is painted, without a gap. */
export function isOpaque({ pixels }: Canvas): boolean {
  let all = 0xff_00_00_00 | 0;
  for (let i = 0; i < pixels.length; i++) all &= pixels[i] ?? 0;
  return all >>> 24 === 255;
}
