import { describe, expect, it } from 'vitest';
import type { Affine } from './affine.ts';
import { groundDistance, groundSampleDistance, type LonLat } from './ground-distance.ts';

describe('groundDistance', () => {
  // Lengths of a degree on WGS 84 as published (metres).
  it.each([
    [0, 110574.3, 111319.5],
    [30, 110852.4, 96486.3],
    [60, 111412.3, 55800.0],
    [80, 111659.9, 19393.5],
  ])('at %d degrees of latitude', (latitude, north, east) => {
    const step = 0.001;
    expect(groundDistance([10, latitude - step / 2], [10, latitude + step / 2]) / step).toBeCloseTo(north, 0);
    expect(groundDistance([10, latitude], [10 + step, latitude]) / step).toBeCloseTo(east, 0);
  });

  it('crosses the antimeridian', () => {
    expect(groundDistance([179.9995, 0], [-179.9995, 0])).toBeCloseTo(111.3195, 3);
  });
});

it('goes over a pole', () => {
  expect(groundDistance([20, 89.9995], [-160, 89.9995])).toBeCloseTo(111.694, 3);
});

describe('groundSampleDistance', () => {
  /** The inverse of Web Mercator, EPSG:3857. */
  const fromMercator = (x: number, y: number): LonLat => {
    const r = 6378137;
    const deg = 180 / Math.PI;
    return [(x / r) * deg, (2 * Math.atan(Math.exp(y / r)) - Math.PI / 2) * deg];
  };

  it('a Web Mercator metre is smaller on the ground, by about cos(latitude)', () => {
    const latitude = (60 * Math.PI) / 180;
    const y = 6378137 * Math.log(Math.tan(Math.PI / 4 + latitude / 2));
    const transform: Affine = [1_000_000, 1, 0, y + 500, 0, -1];
    const gsd = groundSampleDistance({ width: 1000, height: 1000, transform }, fromMercator);
    // cos(60) N / a and cos(60) M / a: the ellipsoid's radii at 60 degrees over the sphere's.
    expect(gsd.columns).toBeCloseTo(0.50126, 4);
    expect(gsd.rows).toBeCloseTo(0.50042, 4);
  });

  it('a rotated grid keeps its pixel size', () => {
    const [cos, sin] = [Math.cos(0.4) * 1e-5, Math.sin(0.4) * 1e-5];
    const gsd = groundSampleDistance(
      { width: 100, height: 80, transform: [0, cos, sin, 0, sin, -cos] },
      (x, y) => [x, y],
    );
    expect(gsd.columns).toBeCloseTo(
      1e-5 * Math.hypot(Math.cos(0.4) * 111319.49, Math.sin(0.4) * 110574.28),
      5,
    );
    expect(gsd.rows).toBeCloseTo(1e-5 * Math.hypot(Math.sin(0.4) * 111319.49, Math.cos(0.4) * 110574.28), 5);
  });

  it('of a single pixel', () => {
    const gsd = groundSampleDistance(
      { width: 1, height: 1, transform: [0, 1e-5, 0, 0, 0, -1e-5] },
      (x, y) => [x, y],
    );
    expect(gsd.columns).toBeCloseTo(1.1132, 4);
  });
});
