import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { gdal } from '../raster/gdal.ts';
import { gdalPolygons, traceRaster, wktOf, type Traced } from '../../tests/fixtures/tracing.ts';

/** A raster of blobs and noise, so that there are holes, islands, corners and long outlines. */
function randomRaster(seed: number, width: number, height: number, values: number): Uint8Array {
  const random = seededRandom(seed);
  const pixels = new Uint8Array(width * height);
  const blobs = 1 + Math.floor(random() * 12);
  for (let b = 0; b < blobs; b += 1) {
    const [x0, y0] = [Math.floor(random() * width), Math.floor(random() * height)];
    const [w, h] = [1 + Math.floor(random() * width * 0.6), 1 + Math.floor(random() * height * 0.6)];
    const value = Math.floor(random() * values);
    for (let y = y0; y < Math.min(height, y0 + h); y += 1)
      for (let x = x0; x < Math.min(width, x0 + w); x += 1) pixels[y * width + x] = value;
  }
  const noise = random() < 0.3 ? 0.5 : random() * 0.15;
  for (let i = 0; i < pixels.length; i += 1) if (random() < noise) pixels[i] = Math.floor(random() * values);
  return pixels;
}

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
        const twin = oracle.find((other) => other.value === one.sums.value && other.has(one.sums.firstX, one.sums.firstY));
        expect(twin, `seed ${seed}`).toBeDefined();
        expect(twin?.pixels).toBe(one.sums.pixels);
        expect(twin?.difference(geometry)).toBe(0);
      }
    }
  });
});

function describeTraced({ sums, polygons }: Traced): string {
  const rings = polygons.map((polygon) => polygon.map(({ points }) => canonicalRing(points)).sort().join(';')).sort();
  const { pixels, firstX, firstY, hashA, hashB, confidence } = sums;
  return JSON.stringify({ pixels, firstX, firstY, hashA, hashB, confidence, rings });
}

function canonicalRing(points: ArrayLike<number>): string {
  const corners: string[] = [];
  for (let i = 0; i < points.length; i += 2) corners.push(`${points[i]} ${points[i + 1]}`);
  const first = corners.indexOf([...corners].sort()[0] ?? '');
  return [...corners.slice(first), ...corners.slice(0, first)].join(',');
}
