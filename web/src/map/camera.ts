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

export const boxOf = (numbers: readonly number[]): Box => {
  const [west = 0, south = 0, east = 0, north = 0] = numbers;
  return [west, south, east, north];
};

export const boxesMeet = (a: Box, b: Box): boolean =>
  a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

/** Square kilometres of a small box. */
export function boxKm2([west, south, east, north]: Box): number {
  const kmADegree = 111.32;
  const across = (east - west) * kmADegree * Math.cos((((south + north) / 2) * Math.PI) / 180);
  return across * (north - south) * kmADegree;
}

/** Where scenes would be mere dots, a view of all of them shows none. */
const MOST_SPREAD = 60;

/** What to look at first: all boxes; or the largest one, where they lie so far apart that none could be seen. */
export function firstView(boxes: readonly Box[]): Box | null {
  const all = boxAround(boxes);
  const largest = boxes.toSorted((a, b) => sideOf(b) - sideOf(a))[0];
  if (all === null || largest === undefined) return null;
  return sideOf(all) > MOST_SPREAD * sideOf(largest) ? largest : all;
}

const sideOf = ([west, south, east, north]: Box): number => Math.max(east - west, north - south);
