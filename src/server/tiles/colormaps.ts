import { inkOf, type ColourTable } from './byte-pixels.ts';

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

/** A colour for each byte, linear between those of the ramp. */
export function rampTable(name: Colormap): ColourTable {
  const stops = RAMPS[name].map((colour) =>
    [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
  );
  return Uint32Array.from({ length: 256 }, (_, value) => {
    const place = (value / 255) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    const parts = [0, 1, 2].map((c) => {
      const [low, high] = [stops[from]?.[c] ?? 0, stops[from + 1]?.[c] ?? 0];
      return Math.round(low + (high - low) * (place - from));
    });
    return inkOf(`#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`);
  });
}

/** Colours of a ramp at even steps, for a legend. */
export const rampStops = (name: Colormap): readonly string[] => RAMPS[name];
