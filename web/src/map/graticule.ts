import type { FeatureCollection, LineString } from 'geojson';
import type { Box } from './camera.ts';

/** Steps in degrees: whole parts of a degree, of a minute and of a second. */
const STEPS = [
  30,
  10,
  5,
  2,
  1,
  1 / 2,
  1 / 6,
  1 / 12,
  1 / 30,
  1 / 60,
  1 / 120,
  1 / 360,
  1 / 720,
  1 / 1800,
  1 / 3600,
  1 / 7200,
  1 / 18_000,
  1 / 36_000,
] as const;

const MOST_LINES = 40;

export interface Graticule {
  readonly step: number;
  readonly meridians: readonly number[];
  readonly parallels: readonly number[];
}

/** The meridians and parallels of a view: about `across` of them from west to east, on whole parts of a degree. */
export function planGraticule([west, south, east, north]: Box, across = 6): Graticule {
  const wanted = (east - west) / across;
  const step = STEPS.find((one) => one <= wanted) ?? STEPS.at(-1) ?? wanted;
  return { step, meridians: multiples(west, east, step), parallels: multiples(south, north, step) };
}

function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  const count = Math.min(MOST_LINES, Math.floor(to / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

/** The lines of a graticule, as long as the view. */
export function graticuleLines(
  { meridians, parallels }: Graticule,
  [west, south, east, north]: Box,
): FeatureCollection<LineString> {
  const line = (coordinates: [number, number][]) => ({
    type: 'Feature' as const,
    properties: {},
    geometry: { type: 'LineString' as const, coordinates },
  });
  return {
    type: 'FeatureCollection',
    features: [
      ...meridians.map((lon) =>
        line([
          [lon, Math.max(-85, south)],
          [lon, Math.min(85, north)],
        ]),
      ),
      ...parallels.map((lat) =>
        line([
          [west, lat],
          [east, lat],
        ]),
      ),
    ],
  };
}

/** A coordinate as on a map sheet: degrees, minutes and seconds as far as the step needs them. */
export function degreesText(value: number, step: number, sides: readonly [string, string]): string {
  const wrapped = sides[0] === 'E' ? ((((value + 180) % 360) + 360) % 360) - 180 : value;
  const tenths = Math.round(Math.abs(wrapped) * 36_000);
  const side = tenths === 0 ? '' : wrapped < 0 ? sides[1] : sides[0];
  const degrees = Math.floor(tenths / 36_000);
  const minutes = Math.floor((tenths % 36_000) / 600);
  const seconds = (tenths % 600) / 10;
  const pad = (part: number): string => String(part).padStart(2, '0');
  if (step >= 1) return `${degrees}°${side}`;
  if (step >= 1 / 60) return `${degrees}°${pad(minutes)}′${side}`;
  return `${degrees}°${pad(minutes)}′${step < 1 / 3600 ? seconds.toFixed(1).padStart(4, '0') : pad(seconds)}″${side}`;
}
