/** Numbers and times as people read them. A dash means that there was nothing to judge, which is not 0. */

export const percent = (share: number | null | undefined, digits = 0): string =>
  share === null || share === undefined ? '–' : `${(100 * share).toFixed(digits)} %`;

export const score = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value.toFixed(3);

export const count = (value: number): string => value.toLocaleString('en-GB');

export const dateText = (iso: string | null | undefined): string =>
  iso === null || iso === undefined ? 'no date' : iso.slice(0, 10);

export const timeText = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;

/** "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return '–';
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const lonLatText = ([lon, lat]: readonly [number, number]): string =>
  `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`;

/** "1 scene", "2 scenes". */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Square metres, hectares or square kilometres. */
export function areaText(squareMetres: number): string {
  if (squareMetres < 10_000) return `${count(Math.round(squareMetres))} m²`;
  if (squareMetres < 1_000_000) return `${(squareMetres / 10_000).toFixed(2)} ha`;
  return `${(squareMetres / 1_000_000).toFixed(2)} km²`;
}
