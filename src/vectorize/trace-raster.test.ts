import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { gdal } from '../raster/gdal.ts';
import { gdalPolygons, randomRaster, traceRaster, wktOf, type Traced } from '../../tests/fixtures/tracing.ts';

const areaOf = ({ polygons }: Traced) => polygons.flat().reduce((sum, { area }) => sum + area, 0);

describe.each([4, 8] as const)('%i-connected objects', (connectivity) => {
  it('are those of the whole raster, however it is cut, and what GDAL polygonises', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seededRandom(1000 + seed);
      const [width, height] = [1 + Math.floor(random() * 40), 1 + Math.floor(random() * 40)];
      const pixels = randomRaster(seed, width, height, 2 + (seed % 3));
      const whole = traceRaster({ pixels, width, height, connectivity, rows: height });
      const cut = traceRaster({ pixels, width, height, connectivity, rows: 1 + Math.floor(random() * 9) });
      const oracle = gdalPolygons({ pixels, width, height, connectivity });
      const sorted = (list: readonly Traced[]) => list.map((one) => describeTraced(one)).sort();
      expect(sorted(cut), `seed ${seed}`).toEqual(sorted(whole));
      expect(cut.length).toBe(oracle.length);
      for (const one of cut) expect(areaOf(one)).toBe(one.sums.pixels);
      for (const one of cut) {
        const geometry = gdal.Geometry.fromWKT(wktOf(one.polygons));
        expect(geometry.isValid(), `seed ${seed}: ${wktOf(one.polygons)}`).toBe(true);
        const twin = oracle.find(
          (other) => other.value === one.sums.value && other.has(one.sums.firstX, one.sums.firstY),
        );
        expect(twin, `seed ${seed}`).toBeDefined();
        expect(twin?.pixels).toBe(one.sums.pixels);
        expect(twin?.difference(geometry)).toBe(0);
      }
    }
  });
});

function describeTraced({ sums, polygons }: Traced): string {
  const rings = polygons
    .map((polygon) =>
      polygon
        .map(({ points }) => canonicalRing(points))
        .sort()
        .join(';'),
    )
    .sort();
  const { pixels, firstX, firstY, hashA, hashB, confidence } = sums;
  return JSON.stringify({ pixels, firstX, firstY, hashA, hashB, confidence, rings });
}

function canonicalRing(points: ArrayLike<number>): string {
  const corners: string[] = [];
  for (let i = 0; i < points.length; i += 2) corners.push(`${points[i]} ${points[i + 1]}`);
  const first = corners.indexOf([...corners].sort()[0] ?? '');
  return [...corners.slice(first), ...corners.slice(0, first)].join(',');
}
