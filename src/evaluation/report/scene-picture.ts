import type { PixelBlock } from '../../raster/pixel-block.ts';
import type { SceneBand } from '../../workspace/scene-record.ts';
import type { Picture } from './paint.ts';

/** Which bands are shown as red, green and blue (all the same for one band), and the values that become 0 and 255. */
export interface Display {
  readonly bands: readonly [SceneBand, SceneBand, SceneBand];
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}

const TAIL = 0.005;

/** Natural colours where the scene has them, else its first three bands, else the first in grey. Null for no bands. */
export function chooseDisplay(bands: readonly SceneBand[]): Display | null {
  const named = (name: string) => bands.find((band) => (band['eo:common_name'] ?? band.name) === name);
  const [red, green, blue] = [named('red'), named('green'), named('blue')];
  const [first, second, third] = bands;
  if (first === undefined) return null;
  const chosen: Display['bands'] =
    red !== undefined && green !== undefined && blue !== undefined
      ? [red, green, blue]
      : second !== undefined && third !== undefined
        ? [first, second, third]
        : [first, first, first];
  const ranges = chosen.map(displayRange);
  const pick = (i: number, end: 0 | 1) => ranges[i]?.[end] ?? end * 255;
  return {
    bands: chosen,
    low: [pick(0, 0), pick(1, 0), pick(2, 0)],
    high: [pick(0, 1), pick(1, 1), pick(2, 1)],
  };
}

/** Bytes are shown as they are; wider types from the low to the high end of their histogram, tails left out. */
export function displayRange(band: SceneBand): readonly [number, number] {
  if (band.data_type === 'uint8') return [0, 255];
  const { min, max, buckets } = band['raster:histogram'];
  const total = buckets.reduce((sum, n) => sum + n, 0);
  const width = (max - min) / Math.max(1, buckets.length);
  const edge = (share: number) => {
    let seen = 0;
    const at = buckets.findIndex((n) => (seen += n) > share * total);
    return min + (at < 0 ? buckets.length : at) * width;
  };
  const [low, high] = [edge(TAIL), edge(1 - TAIL) + width];
  return high > low ? [low, high] : [min, min + 1];
}

/** A block of the three displayed bands as a picture; pixels without data are transparent. */
export function toPicture(block: PixelBlock, { low, high }: Display): Picture {
  const { width, height } = block.window;
  const size = width * height;
  const rgba = new Uint8Array(size * 4);
  for (let c = 0; c < 3; c += 1) {
    const band = Math.min(c, block.bands - 1) * size;
    const [from, to] = [low[c] ?? 0, high[c] ?? 255];
    for (let i = 0; i < size; i += 1) {
      const value = ((block.data[band + i] ?? 0) - from) / (to - from);
      rgba[i * 4 + c] = Math.max(0, Math.min(255, Math.round(255 * value)));
    }
  }
  for (let i = 0; i < size; i += 1) rgba[i * 4 + 3] = block.valid[i] === 0 ? 0 : 255;
  return { width, height, rgba };
}
