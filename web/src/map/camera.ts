/** Where the map looks: degrees, and MapLibre's zoom. */
export interface Camera {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}

/** West, south, east, north in degrees. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** `lon,lat,zoom` as the address holds it; null of anything else. */
export function parseCamera(text: string | null): Camera | null {
  const [lon, lat, zoom] = numbersOf(text, 3);
  if (lon === undefined || lat === undefined || zoom === undefined) return null;
  return Math.abs(lat) <= 90 && zoom >= 0 && zoom <= 24 ? { lon, lat, zoom } : null;
}

export const cameraText = ({ lon, lat, zoom }: Camera): string =>
  `${lon.toFixed(6)},${lat.toFixed(6)},${zoom.toFixed(2)}`;

/** `west,south,east,north`; null of anything else. */
export function parseBox(text: string | null): Box | null {
  const [west, south, east, north] = numbersOf(text, 4);
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  return south < north && west < east ? [west, south, east, north] : null;
}

export const boxText = (box: Box): string => box.map((value) => value.toFixed(6)).join(',');

function numbersOf(text: string | null, count: number): number[] {
  if (text === null) return [];
  const values = text.split(',').map(Number);
  return values.length === count && values.every(Number.isFinite) ? values : [];
}

/** The smallest box around boxes; null of none. */
export function boxAround(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

export const boxRing = ([west, south, east, north]: Box): [number, number][] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
