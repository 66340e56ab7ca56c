/** As the bucket layer of maps has them: src/inference/map-layers.ts. */
const COLOURS = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#ccbb44',
  '#66ccee',
  '#aa3377',
  '#332288',
  '#ddcc77',
  '#117733',
  '#88ccee',
  '#882255',
  '#44aa99',
  '#999933',
  '#cc6677',
  '#aa4499',
] as const;

export const bucketColour = (bucket: number): string => COLOURS[bucket % COLOURS.length] ?? '#bbbbbb';

/** The same as red, green, blue. */
export function bucketRgb(bucket: number): [number, number, number] {
  const number = Number.parseInt(bucketColour(bucket).slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
