/** Red, green, blue, opacity of a picture, (height, width, 4); pixels are transparent until something is painted. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export const emptyCanvas = (width: number, height: number): Canvas => ({
  width,
  height,
  rgba: new Uint8Array(width * height * 4),
});

/** Whether every pixel is painted, without a gap. */
export function isOpaque({ rgba }: Canvas): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}
