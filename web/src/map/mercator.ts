/** Pixels of a square of `size` that shows the whole world in Web Mercator, from its north-west corner. */
export function worldPixel([lon, lat]: readonly [number, number], size: number): [x: number, y: number] {
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [(lon / 360 + 0.5) * size, y * size];
}

/** The zoom at which a map tile of 256 pixels shows ground at this many metres a pixel. */
export const zoomForGsd = (gsdMetres: number, lat: number): number =>
  Math.log2((156_543.034 * Math.cos((lat * Math.PI) / 180)) / gsdMetres);
