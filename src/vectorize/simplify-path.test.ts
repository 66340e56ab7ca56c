import { describe, expect, it } from 'vitest';
import { randomRaster, traceRaster, wktOf } from '../../tests/fixtures/tracing.ts';
import { seededRandom } from '../core/random.ts';
import { gdal } from '../raster/gdal.ts';

describe('simplified outlines', () => {
  it('tile the raster without gaps or overlaps, each valid, at any tolerance', () => {
    for (let seed = 1; seed <= 80; seed += 1) {
      const random = seededRandom(500 + seed);
      const [width, height] = [1 + Math.floor(random() * 40), 1 + Math.floor(random() * 40)];
      const pixels = randomRaster(seed, width, height, 2 + (seed % 3));
      const raster = { pixels, width, height, connectivity: seed % 2 === 0 ? 4 : 8 } as const;
      const rows = 4 + Math.floor(random() * 40);
      const simplify = { toleranceMetres: 0.5 + random() * 5, columnMetres: 1, rowMetres: 0.5 + random() };
      const raw = traceRaster({ ...raster, rows });
      const simple = traceRaster({ ...raster, rows, simplify });
      expect(simple.map(({ sums }) => sums)).toEqual(raw.map(({ sums }) => sums));
      let union: InstanceType<typeof gdal.Geometry> = new gdal.Polygon();
      let area = 0;
      for (const { polygons } of simple) {
        const geometry = gdal.Geometry.fromWKT(wktOf(polygons));
        expect(geometry.isValid(), `seed ${seed}: ${wktOf(polygons)}`).toBe(true);
        area += polygons.flat().reduce((sum, ring) => sum + ring.area, 0);
        union = union.union(geometry);
      }
      expect(area).toBe(width * height);
      expect((union as InstanceType<typeof gdal.Polygon>).getArea()).toBeCloseTo(width * height, 6);
    }
  });

  it('have few points, and stay within the tolerance', () => {
    const [width, height] = [120, 120];
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => {
      const [x, y] = [(i % width) - 60, Math.floor(i / width) - 60];
      return x * x + y * y < 50 * 50 ? 1 : 255;
    });
    const raster = { pixels, width, height, connectivity: 4, rows: 512 } as const;
    const simplify = { toleranceMetres: 1.5, columnMetres: 1, rowMetres: 1 };
    const [raw, simple] = [traceRaster(raster)[0], traceRaster({ ...raster, simplify })[0]];
    const points = simple?.polygons[0]?.[0]?.points ?? new Int32Array(0);
    expect((raw?.polygons[0]?.[0]?.points.length ?? 0) / 2).toBeGreaterThan(200);
    expect(points.length / 2).toBeLessThan(30);
    const band = new gdal.LineString();
    for (let i = 0; i <= points.length; i += 2)
      band.points.add(points[i % points.length] ?? 0, points[(i + 1) % points.length] ?? 0);
    const near = band.buffer(1.5001, 8);
    for (let i = 0; i < (raw?.polygons[0]?.[0]?.points.length ?? 0); i += 2) {
      const corner = raw?.polygons[0]?.[0]?.points ?? [];
      expect(near.contains(new gdal.Point(corner[i] ?? 0, corner[i + 1] ?? 0))).toBe(true);
    }
  });
});
