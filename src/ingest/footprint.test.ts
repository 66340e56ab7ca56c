import { describe, expect, it } from 'vitest';
import { inspect, rasterMaker, ringsOf, SIZE } from '../../tests/fixtures/inspecting.ts';
import { ringArea } from '../raster/geographic-polygons.ts';

const { make } = rasterMaker('footprint');

describe('valid pixels', () => {
  const cornered = (x: number, y: number) => x + y < 80;

  it('the footprint follows them, anticlockwise, and the share is theirs', async () => {
    const href = make({
      ...SIZE,
      bands: 3,
      noData: 0,
      pixel: (b, x, y, r) => (cornered(x, y) ? 0 : 1 + Math.floor(r() * 254)),
    });
    const scene = await inspect(href);
    expect(scene.properties['resflow:no_data']).toEqual({ kind: 'value', values: [0, 0, 0] });
    expect(scene.properties['resflow:valid_share']).toBeCloseTo(1 - 3240 / 30000, 6);
    const [ring = []] = ringsOf(scene);
    expect(ring[0]).toEqual(ring.at(-1));
    const area = ringArea(ring.slice(0, -1));
    const [w = 0, s = 0, e = 0, n = 0] = scene.bbox;
    expect(area / ((e - w) * (n - s))).toBeCloseTo(1 - 3240 / 30000, 2);
    expect(scene.assets.image.bands[0]?.statistics.minimum).toBeGreaterThan(0);
    expect(scene.assets.image.bands[0]?.statistics.valid_percent).toBeCloseTo(89.2, 1);
  });

  it('holes run clockwise; two parts make a MultiPolygon', async () => {
    const ring = await inspect(
      make({ ...SIZE, noData: 0, pixel: (b, x, y) => ((x - 100) ** 2 + (y - 75) ** 2 < 900 ? 0 : 9) }),
    );
    const [outer = [], hole = []] = ringsOf(ring);
    expect(ringArea(outer.slice(0, -1))).toBeGreaterThan(0);
    expect(ringArea(hole.slice(0, -1))).toBeLessThan(0);
    const parts = await inspect(make({ ...SIZE, noData: 0, pixel: (b, x) => (x > 90 && x < 110 ? 0 : 9) }));
    expect(parts.geometry.type).toBe('MultiPolygon');
  });

  it.each([
    [
      'alpha',
      {
        bands: 4,
        options: ['ALPHA=YES'],
        pixel: (b: number, x: number) => (b === 4 ? (x < 50 ? 0 : 255) : 7),
      },
      { kind: 'alpha', band: 4 },
    ],
    [
      'NaN in floats',
      { type: 'Float32', noData: Number.NaN, pixel: (b: number, x: number) => (x < 50 ? Number.NaN : 7) },
      { kind: 'value', values: ['nan'] },
    ],
    [
      'a value in int8',
      { options: ['PIXELTYPE=SIGNEDBYTE'], noData: -1, pixel: (b: number, x: number) => (x < 50 ? 255 : 7) },
      { kind: 'value', values: [-1] },
    ],
  ])('by %s', async (_, recipe, rule) => {
    const scene = await inspect(make({ ...SIZE, ...recipe }));
    expect(scene.properties['resflow:no_data']).toEqual(rule);
    expect(scene.properties['resflow:valid_share']).toBeCloseTo(0.75, 6);
    expect(scene.assets.image.bands[0]?.statistics).toMatchObject({
      minimum: 7,
      maximum: 7,
      mean: 7,
      stddev: 0,
    });
  });

  it('by an internal mask', async () => {
    const scene = await inspect(
      make({
        ...SIZE,
        finish: (dataset) => {
          dataset.bands.get(1).createMaskBand(2);
          const mask = Uint8Array.from({ length: 30000 }, (_, i) => (i % 200 < 50 ? 0 : 255));
          dataset.bands.get(1).getMaskBand()?.pixels.write(0, 0, 200, 150, mask);
        },
      }),
    );
    expect(scene.properties['resflow:no_data']).toEqual({ kind: 'mask' });
    expect(scene.properties['resflow:valid_share']).toBeCloseTo(0.75, 6);
  });

  it('by a colour or a value that the user gives', async () => {
    const href = make({ ...SIZE, bands: 3, pixel: (b, x) => (x < 50 ? 254 : 7) });
    const colour = { kind: 'colour' as const, colour: [255, 255, 255], tolerance: 1 };
    expect((await inspect(href, { noData: colour })).properties['resflow:valid_share']).toBeCloseTo(0.75, 6);
    const value = { kind: 'value' as const, value: 7 };
    expect((await inspect(href, { noData: value })).properties['resflow:valid_share']).toBeCloseTo(0.25, 6);
    await expect(inspect(make({ ...SIZE }), { noData: colour })).rejects.toMatchObject({
      code: 'BAD_NODATA',
    });
  });

  it('none at all is refused', async () => {
    await expect(inspect(make({ ...SIZE, noData: 5, pixel: () => 5 }))).rejects.toMatchObject({
      code: 'ALL_NO_DATA',
    });
  });
});
