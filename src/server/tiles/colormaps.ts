import type { ColourTable } from './paint-pixels.ts';

/** Colours at even steps from the lowest to the highest value. From matplotlib and ColorBrewer. */
const RAMPS = {
  greys: ['#000000', '#ffffff'],
  viridis: [
    '#440154',
    '#472d7b',
    '#3b528b',
    '#2c728e',
    '#21918c',
    '#28ae80',
    '#5ec962',
    '#addc30',
    '#fde725',
  ],
  magma: ['#000004', '#1d1147', '#51127c', '#832681', '#b73779', '#e75263', '#fc8961', '#fec488', '#fcfdbf'],
  blues: ['#f7fbff', '#deebf7', '#c6dbef', '#9ecae1', '#6baed6', '#4292c6', '#2171b5', '#08519c', '#08306b'],
  rdylgn: ['#d73027', '#f46d43', '#fdae61', '#fee08b', '#ffffbf', '#d9ef8b', '#a6d96a', '#66bd63', '#1a9850'],
} as const;

export type Colormap = keyof typeof RAMPS;
export const COLORMAPS = Object.keys(RAMPS) as Colormap[];

export const rgbOf = (colour: string): [number, number, number] => [
  Number.parseInt(colour.slice(1, 3), 16),
  Number.parseInt(colour.slice(3, 5), 16),
  Number.parseInt(colour.slice(5, 7), 16),
];

/** A colour for each byte, linear between those of the ramp. */
export function rampTable(name: Colormap): ColourTable {
  const stops = RAMPS[name].map(rgbOf);
  const table = new Uint8Array(1024);
  for (let value = 0; value < 256; value++) {
    const place = (value / 255) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    for (let c = 0; c < 3; c++) {
      const [low, high] = [stops[from]?.[c] ?? 0, stops[from + 1]?.[c] ?? 0];
      table[4 * value + c] = Math.round(low + (high - low) * (place - from));
    }
    table[4 * value + 3] = 255;
  }
  return table;
}

/** Colours of a ramp at even steps, for a legend. */
export const rampStops = (name: Colormap): readonly string[] => RAMPS[name];
