import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { gdal } from '../raster/gdal.ts';
import { fillPolygon, type Rings } from './fill-polygon.ts';

const W = 40;
const H = 30;
const whole = { x: 0, y: 0, width: W, height: H };

/** A star-shaped polygon with corners anywhere, some on pixel corners and centres. */
function polygon(seed: number): Float64Array {
  const random = seededRandom(seed);
  const corners = 3 + Math.floor(random() * 9);
  const ring = new Float64Array(2 * corners);
  for (let i = 0; i < corners; i++) {
    const angle = ((i + 0.8 * random()) / corners) * 2 * Math.PI;
    const radius = 3 + random() * 16;
    const snap = random() < 0.5 ? (v: number) => Math.round(v * 2) / 2 : (v: number) => v;
    ring[2 * i] = snap(20 + radius * Math.cos(angle));
    ring[2 * i + 1] = snap(15 + radius * Math.sin(angle));
  }
  return ring;
}

/** Even-odd by a ray from the pixel's centre to the left, edge by edge; an edge through the centre counts as left of it. */
function inside(rings: Rings, x: number, y: number): boolean {
  let odd = false;
  for (const ring of rings) {
    const n = ring.length / 2;
    for (let i = 0; i < n; i++) {
      const [x0, y0, x1, y1] = [
        ring[2 * i] ?? 0,
        ring[2 * i + 1] ?? 0,
        ring[(2 * i + 2) % (2 * n)] ?? 0,
        ring[(2 * i + 3) % (2 * n)] ?? 0,
      ];
      if (y0 > y !== y1 > y && x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) <= x) odd = !odd;
    }
  }
  return odd;
}

describe('fillPolygon', () => {
  it('fills the pixels whose centres a brute-force test finds inside', () => {
    for (let seed = 1; seed <= 100; seed++) {
      // Three rings: overlapping ones cancel by the even-odd rule, as holes do.
      const rings = [polygon(seed), polygon(seed + 1000), polygon(seed + 2000)];
      const found = new Uint8Array(W * H);
      fillPolygon(found, whole, rings, 1);
      const wrong: number[] = [];
      for (let i = 0; i < found.length; i++) {
        const [x, y] = [(i % W) + 0.5, Math.floor(i / W) + 0.5];
        const near = onEdge(rings, x, y);
        if (!near && (found[i] === 1) !== inside(rings, x, y)) wrong.push(i);
      }
      expect(wrong, `seed ${seed}`).toEqual([]);
      expect(found.includes(1)).toBe(true);
    }
  });

  it('agrees with GDAL where no centre lies on an edge', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const ring = polygon(seed).map((v, i) => v + 0.013 + 0.001 * (i % 2));
      const found = new Uint8Array(W * H);
      fillPolygon(found, whole, [ring], 1);
      expect(Buffer.compare(found, gdalFill(ring)), `seed ${seed}`).toBe(0);
    }
  });

  it('gives a pixel the same value in every window', () => {
    const rings = [polygon(5), polygon(1005)];
    const full = new Uint8Array(W * H);
    fillPolygon(full, whole, rings, 7);
    const pieced = new Uint8Array(W * H);
    for (let y = -3; y < H; y += 7) {
      for (let x = -2; x < W; x += 11) {
        const part = new Uint8Array(11 * 7);
        fillPolygon(part, { x, y, width: 11, height: 7 }, rings, 7);
        part.forEach((value, i) => {
          const [col, row] = [x + (i % 11), y + Math.floor(i / 11)];
          if (col >= 0 && row >= 0 && col < W && row < H) pieced[row * W + col] = value;
        });
      }
    }
    expect(pieced).toEqual(full);
  });

  it('gives each pixel of neighbours with a common edge to exactly one', () => {
    // The diagonal passes through pixel centres.
    const [upper, lower] = [Float64Array.of(2, 2, 30, 2, 30, 30), Float64Array.of(2, 2, 30, 30, 2, 30)];
    const counts = new Uint8Array(W * H);
    for (const ring of [upper, lower]) {
      const one = new Uint8Array(W * H);
      fillPolygon(one, whole, [ring], 1);
      one.forEach((value, i) => (counts[i] = (counts[i] ?? 0) + value));
    }
    const square = new Uint8Array(W * H);
    fillPolygon(square, whole, [Float64Array.of(2, 2, 30, 2, 30, 30, 2, 30)], 1);
    expect(counts).toEqual(square);
    expect(square.reduce((a, b) => a + b, 0)).toBe(28 * 28);
  });
});

function onEdge(rings: Rings, x: number, y: number): boolean {
  return rings.some((ring) => {
    const n = ring.length / 2;
    for (let i = 0; i < n; i++) {
      const [x0, y0, x1, y1] = [
        ring[2 * i] ?? 0,
        ring[2 * i + 1] ?? 0,
        ring[(2 * i + 2) % (2 * n)] ?? 0,
        ring[(2 * i + 3) % (2 * n)] ?? 0,
      ];
      const cross = (x - x0) * (y1 - y0) - (y - y0) * (x1 - x0);
      if (Math.abs(cross) < 1e-9 * Math.hypot(x1 - x0, y1 - y0)) return true;
    }
    return false;
  });
}

function gdalFill(ring: Float64Array): Uint8Array {
  const points = Array.from({ length: ring.length / 2 }, (_, i) => [
    ring[2 * i] ?? 0,
    -(ring[2 * i + 1] ?? 0),
  ]);
  const vector = gdal.open('fill', 'w', 'Memory');
  const layer = vector.layers.create('a', null, gdal.wkbPolygon);
  const feature = new gdal.Feature(layer);
  feature.setGeometry(gdal.Geometry.fromGeoJson({ type: 'Polygon', coordinates: [[...points, points[0]]] }));
  layer.features.add(feature);
  const args = [
    '-burn',
    '1',
    '-ot',
    'Byte',
    '-ts',
    String(W),
    String(H),
    '-te',
    '0',
    String(-H),
    String(W),
    '0',
  ];
  const dataset = gdal.rasterize('/vsimem/fill.tif', vector, args);
  const out = new Uint8Array(W * H);
  dataset.bands.get(1).pixels.read(0, 0, W, H, out);
  dataset.close();
  vector.close();
  return out;
}
