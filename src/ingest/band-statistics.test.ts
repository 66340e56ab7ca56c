import { describe, expect, it } from 'vitest';
import { inspect, rasterMaker, SIZE } from '../../tests/fixtures/inspecting.ts';
import { gdalPixels } from '../../tests/fixtures/make-raster.ts';

const { make } = rasterMaker('band-statistics');

describe('statistics', () => {
  it('are exact for a small scene', async () => {
    const href = make({ ...SIZE, bands: 2, type: 'UInt16' });
    const scene = await inspect(href);
    for (const band of scene.assets.image.bands) {
      const values = gdalPixels(href, band.index);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const stddev = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
      expect(band.statistics.mean).toBeCloseTo(mean, 6);
      expect(band.statistics.stddev).toBeCloseTo(stddev, 6);
      const histogram = band['raster:histogram'];
      expect(histogram.buckets.reduce((a, b) => a + b, 0)).toBe(values.length);
      expect([histogram.min, histogram.max]).toEqual([band.statistics.minimum, band.statistics.maximum]);
    }
  });

  it('bytes: bucket i counts the value i', async () => {
    const scene = await inspect(make({ ...SIZE, pixel: (b, x) => (x === 0 ? 0 : 255) }));
    const { buckets, min, max } = scene.assets.image.bands[0]?.['raster:histogram'] ?? {
      buckets: [],
      min: 0,
      max: 0,
    };
    expect([buckets[0], buckets[255], min, max]).toEqual([150, 29850, -0.5, 255.5]);
  });

  it.each([
    ['strips', []],
    ['tiles', ['TILED=YES']],
  ])('of a large scene in %s are near the true ones and read little', async (_, options) => {
    const size = { width: 3000, height: 2400 };
    const pixel = (b: number, x: number, y: number) =>
      Math.round(128 + 60 * Math.sin(x / 200) + 60 * Math.cos(y / 300));
    const href = make({ ...size, options, pixel });
    const values = gdalPixels(href, 1);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const stddev = Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length);
    const { statistics, 'raster:histogram': histogram } = (await inspect(href)).assets.image.bands[0] ?? {};
    expect(Math.abs((statistics?.mean ?? 0) - mean)).toBeLessThan(3);
    expect(Math.abs((statistics?.stddev ?? 0) - stddev)).toBeLessThan(3);
    expect(histogram?.buckets.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(4_000_000);
  });

  it('finds the few valid pixels of a large scene', async () => {
    const size = { width: 3000, height: 2400 };
    const href = make({
      ...size,
      noData: 0,
      options: ['TILED=YES'],
      pixel: (b, x, y) => (Math.hypot(x - 2811, y - 33) < 30 ? 77 : 0),
    });
    const scene = await inspect(href);
    expect(scene.assets.image.bands[0]?.statistics).toMatchObject({ minimum: 77, maximum: 77 });
  });
});
