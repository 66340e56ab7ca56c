import { describe, expect, it } from 'vitest';
import { ringGroundArea, ringGroundLength } from './ground-rings.ts';

/** Areas and perimeters: pyproj 3.7.2, Geod(ellps='WGS84').polygon_area_perimeter. Rings turn left. */
const RINGS = [
  {
    ring: [39.2, -6.1, 39.201, -6.1, 39.201, -6.099, 39.2, -6.099],
    area: 12241.239178732038,
    perimeter: 442.56058609082584,
  },
  {
    ring: [85.32, 27.71, 85.3203, 27.7101, 85.3202, 27.7104, 85.3199, 27.7103],
    area: 1092.8971389941871,
    perimeter: 132.54150578916676,
  },
  {
    ring: [179.999, 64.5, -179.999, 64.5, -179.999, 64.501, 179.999, 64.501],
    area: 10714.741411924362,
    perimeter: 415.18854071806913,
  },
  {
    ring: [10, 60, 10.004, 60, 10.006, 60.002, 10.001, 60.003],
    area: 74599.0828641653,
    perimeter: 1111.673334278788,
  },
  {
    ring: [-71, 42.3, -70.9999, 42.3, -70.9999, 42.30008, -71, 42.30008],
    area: 73.27704042941332,
    perimeter: 34.26474161882113,
  },
];

describe('rings on the ground', () => {
  it.each(RINGS)(
    'have the area and length of geodesics within a hundred-thousandth',
    ({ ring, area, perimeter }) => {
      const points = Float64Array.from(ring);
      expect(Math.abs(ringGroundArea(points) / area - 1)).toBeLessThan(1e-5);
      expect(Math.abs(ringGroundLength(points) / perimeter - 1)).toBeLessThan(1e-5);
      const back = Float64Array.from(
        ring.flatMap((_, i) => (i % 2 === 0 ? [ring.at(-i - 2) ?? 0, ring.at(-i - 1) ?? 0] : [])),
      );
      expect(ringGroundArea(back)).toBeCloseTo(-ringGroundArea(points), 6);
    },
  );
});
