/** Round numbers over a range, about `count` of them. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => roundTo((first + i) * step));
}

const roundTo = (value: number): number => Number(value.toPrecision(12));

/** Maps a range onto another one. */
export const linear =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]) =>
  (value: number): number =>
    start + ((value - from) / (to - from || 1)) * (end - start);

/** A tick's number, as short as it can be. */
export const tickText = (value: number): string =>
  Math.abs(value) >= 10_000 ? `${(value / 1000).toLocaleString('en-GB')}k` : String(value);
