import type { BytePixels } from './byte-pixels.ts';
import type { Canvas } from './canvas.ts';
import { eachRow } from './lattice-rows.ts';
import type { SamplingPlan } from './plan-sampling.ts';
import { RowTaps } from './row-taps.ts';

/** Red, green, blue, opacity by value, (256, 4). */
export type ColourTable = Uint8Array;

/**
 * Paints the colour of the nearest pixel, for values between which there is nothing. Values without opacity in the table,
 * and pixels without data, leave what is there.
 */
export function paintNearest(
  { width, rgba }: Canvas,
  plan: SamplingPlan,
  pixels: BytePixels,
  table: ColourTable,
): void {
  const { valid } = pixels;
  const [plane = new Uint8Array(0)] = pixels.planes;
  const { part } = plan;
  eachRow(plan, ({ us, vs }, row) => {
    let to = ((part.y + row) * width + part.x) * 4;
    for (let i = 0; i < us.length; i++, to += 4) {
      const [u, v] = [us[i] ?? 0, vs[i] ?? 0];
      // Written so that places that are no numbers fail.
      if (!(u >= 0 && u < pixels.width && v >= 0 && v < pixels.height)) continue;
      const at = Math.floor(v) * pixels.width + Math.floor(u);
      const from = (plane[at] ?? 0) * 4;
      const alpha = table[from + 3] ?? 0;
      if (alpha === 0 || (valid !== null && valid[at] === 0)) continue;
      rgba[to] = table[from] ?? 0;
      rgba[to + 1] = table[from + 1] ?? 0;
      rgba[to + 2] = table[from + 2] ?? 0;
      rgba[to + 3] = alpha;
    }
  });
}

/**
 * Paints colours between the four pixels around, by distance. The pixel that holds the place decides whether there is
 * data; of the others those without do not count. A single plane's values go through a table of colours.
 */
export function paintBetween(
  { width, rgba }: Canvas,
  plan: SamplingPlan,
  pixels: BytePixels,
  table: ColourTable | null,
): void {
  const { part } = plan;
  const taps = new RowTaps(part.width, pixels);
  const values = new Uint8Array(part.width);
  eachRow(plan, (places, row) => {
    const start = ((part.y + row) * width + part.x) * 4;
    taps.aim(places);
    if (table !== null) {
      taps.blend(pixels.planes[0] ?? values, values, 0, 1);
      taps.each((i) =>
        rgba.set(table.subarray(4 * (values[i] ?? 0), 4 * (values[i] ?? 0) + 4), start + 4 * i),
      );
      return;
    }
    for (let c = 0; c < 3; c++) {
      taps.blend(pixels.planes[c] ?? pixels.planes[0] ?? values, rgba, start + c, 4);
    }
    taps.each((i) => (rgba[start + 4 * i + 3] = 255));
  });
}
