import type { Interval } from '../bootstrap.ts';

/** A share with two decimals; a dash where there was nothing to judge. */
export const share2 = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

export const intervalText = (interval: Interval | null): string =>
  interval === null ? '' : `${interval.low.toFixed(2)}–${interval.high.toFixed(2)}`;

/** Whole numbers with thin spaces between thousands. */
export const count = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u2009');

/** Three significant digits. */
export const short = (value: number): string =>
  value >= 1000 ? count(value) : String(Number(value.toPrecision(3)));

export const percent = (value: number | null): string =>
  value === null ? '–' : `${(100 * value).toFixed(1)} %`;

/** Latitude and longitude for people: `27.61234° N, 85.53210° E`. */
export function lonLatText([lon, lat]: readonly [number, number]): string {
  return `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`;
}
