import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gdalPixels, makeRaster, type RasterRecipe } from '../../tests/fixtures/make-raster.ts';
import { gridOf, HOLED, readWindow, SIZE, specOf, TILED } from '../../tests/fixtures/scene-reading.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdal } from './gdal.ts';
import type { NoDataRule } from './source-record.ts';
const folder = temporaryFolder('reader');
let made = 0;
const make = (recipe: RasterRecipe) => makeRaster(join(folder, `raster-${made++}.tif`), recipe);

describe('averaging', () => {
  for (const type of ['Byte', 'UInt16', 'Float32']) {
    for (const factor of [2, 3, 4]) {
      it(`${type} by ${factor}: what GDAL averages`, async () => {
        const size = { width: 240, height: 180 };
        const href = make({ ...size, type });
        const grid = gridOf(size, factor);
        const block = await readWindow(specOf(href, size), grid);
        const dataset = gdal.open(href);
        const oracle = new Float64Array(grid.width * grid.height);
        const typed =
          type === 'Byte'
            ? new Uint8Array(oracle.length)
            : type === 'UInt16'
              ? new Uint16Array(oracle.length)
              : new Float32Array(oracle.length);
        dataset.bands.get(1).pixels.read(0, 0, size.width, size.height, typed, {
          buffer_width: grid.width,
          buffer_height: grid.height,
          resampling: 'Average',
        });
        oracle.set(typed);
        dataset.close();
        const tolerance = type === 'Float32' ? 1e-3 : 0;
        expect(block.data.findIndex((v, i) => Math.abs(v - (oracle[i] ?? Number.NaN)) > tolerance)).toBe(-1);
      });
    }
  }

  it('at fractional scales, with holes: the mean by area of the valid pixels, valid from half on', async () => {
    const rule: NoDataRule = { kind: 'value', values: [-9999] };
    const href = make(HOLED['int16 value']?.recipe ?? SIZE);
    const source = gdalPixels(href, 1);
    for (const scale of [1.3, 2.37, 5.5]) {
      const grid = gridOf(SIZE, scale);
      const block = await readWindow(specOf(href, SIZE, { noData: rule }), grid);
      for (let i = 0; i < block.valid.length; i++) {
        const { mean, share } = areaMean(source, i % grid.width, Math.floor(i / grid.width), scale);
        if (Math.abs(share - 0.5) < 1e-9) continue;
        expect(block.valid[i]).toBe(share > 0.5 ? 1 : 0);
        const expected = share > 0.5 ? mean : 0;
        expect(Math.abs((block.data[i] ?? 0) - expected)).toBeLessThanOrEqual(share > 0.5 ? 0.5 + 1e-6 : 0);
      }
    }
  });

  function areaMean(
    source: Float64Array,
    ox: number,
    oy: number,
    scale: number,
  ): { mean: number; share: number } {
    let [sum, weight, total] = [0, 0, 0];
    for (let y = Math.floor(oy * scale); y < Math.min(SIZE.height, (oy + 1) * scale); y++) {
      for (let x = Math.floor(ox * scale); x < Math.min(SIZE.width, (ox + 1) * scale); x++) {
        const h = Math.min(y + 1, (oy + 1) * scale, SIZE.height) - Math.max(y, oy * scale);
        const w = Math.min(x + 1, (ox + 1) * scale, SIZE.width) - Math.max(x, ox * scale);
        const v = source[y * SIZE.width + x] ?? 0;
        total += w * h;
        if (v === -9999) continue;
        weight += w * h;
        sum += w * h * v;
      }
    }
    return { mean: sum / weight, share: weight / total };
  }

  it('rounds halves up, below zero too', async () => {
    const size = { width: 4, height: 2 };
    const href = make({
      ...size,
      type: 'Int16',
      pixel: (b, x, y) =>
        [
          [0, 1, -1, 0],
          [1, 0, 0, -1],
        ][y]?.[x] ?? 0,
    });
    const block = await readWindow(specOf(href, size), gridOf(size, 2));
    expect([...block.data]).toEqual([1, 0]);
  });

  it('takes the largest overview that still has the pixels', async () => {
    const size = { width: 512, height: 256 };
    const href = make({
      ...size,
      bands: 3,
      options: TILED,
      finish: (d) => d.buildOverviews('NEAREST', [2, 4]),
    });
    const dataset = gdal.open(href);
    const view = dataset.bands.get(2).overviews.get(1);
    const expected = new Uint8Array(128 * 64);
    view.pixels.read(0, 0, 128, 64, expected);
    dataset.close();
    const spec = specOf(href, size, { bands: [2] });
    expect([...(await readWindow(spec, gridOf(size, 4))).data]).toEqual([...expected]);
    // Between the levels: averaged from the finer one.
    const between = await readWindow(spec, gridOf(size, 3));
    const half = gdal.open(href);
    const fine = new Uint8Array(256 * 128);
    half.bands.get(2).overviews.get(0).pixels.read(0, 0, 256, 128, fine);
    half.close();
    const at = (x: number, y: number) => fine[y * 256 + x] ?? 0;
    const first = (at(0, 0) + 0.5 * at(1, 0) + 0.5 * at(0, 1) + 0.25 * at(1, 1)) / 2.25;
    expect(between.data[0]).toBe(Math.floor(first + 0.5));
  });
});

describe('bicubic', () => {
  const keys = (x: number) => {
    const t = Math.abs(x);
    return t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  };

  it('is the convolution with Keys kernel, renormalised at edges and holes', async () => {
    const recipe = HOLED['float32 NaN']?.recipe ?? SIZE;
    const href = make(recipe);
    const source = gdalPixels(href, 1);
    const scale = 0.61;
    const grid = gridOf(SIZE, scale);
    const block = await readWindow(specOf(href, SIZE), grid);
    let checked = 0;
    for (let i = 0; i < block.valid.length; i += 7) {
      const [cx, cy] = [
        ((i % grid.width) + 0.5) * scale - 0.5,
        (Math.floor(i / grid.width) + 0.5) * scale - 0.5,
      ];
      let [sum, weight] = [0, 0];
      for (let y = Math.max(0, Math.floor(cy) - 1); y < Math.min(SIZE.height, Math.floor(cy) + 3); y++) {
        for (let x = Math.max(0, Math.floor(cx) - 1); x < Math.min(SIZE.width, Math.floor(cx) + 3); x++) {
          const v = source[y * SIZE.width + x] ?? 0;
          if (Number.isNaN(v)) continue;
          sum += keys(x - cx) * keys(y - cy) * v;
          weight += keys(x - cx) * keys(y - cy);
        }
      }
      if (block.valid[i] === 0) continue;
      checked++;
      expect(block.data[i]).toBeCloseTo(sum / weight, 3);
    }
    expect(checked).toBeGreaterThan(5000);
  });

  it('keeps integers in their range', async () => {
    const size = { width: 32, height: 32 };
    const href = make({ ...size, pixel: (b, x) => (x < 16 ? 0 : 255) });
    const block = await readWindow(specOf(href, size), gridOf(size, 0.5));
    expect(Math.max(...block.data)).toBe(255);
    expect([block.data[30], block.data[33]]).toEqual([0, 255]);
  });
});
