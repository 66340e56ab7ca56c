import { describe, expect, it } from 'vitest';
import type { LonLat } from '../geo/ground-distance.ts';
import { geographicPolygons, ringArea } from './geographic-polygons.ts';

const box = (west: number, south: number, east: number, north: number): LonLat[] => [
  [west, south],
  [west, north],
  [east, north],
  [east, south],
];

/** Corners of a ring, whatever its start and direction. */
const corners = (ring: number[][]) => [...new Set(ring.map(String))].sort().join(' ');

describe('geographicPolygons', () => {
  it('leaves what does not cross in one piece, anticlockwise, closed', () => {
    const { geometry, bbox } = geographicPolygons([[box(10, 0, 11, 1), box(10.2, 0.2, 10.4, 0.4).reverse()]]);
    if (geometry.type !== 'Polygon') throw new Error(geometry.type);
    expect(geometry.coordinates.map((ring) => ringArea(ring) > 0)).toEqual([true, false]);
    expect(geometry.coordinates.map((ring) => String(ring[0]) === String(ring.at(-1)))).toEqual([true, true]);
    expect(bbox).toEqual([10, 0, 11, 1]);
  });

  it.each([
    ['jumps from 180 to -180', box(179, -18, -179, -17)],
    ['goes on beyond 180', box(179, -18, 181, -17)],
    ['comes from beyond -180', box(-181, -18, -179, -17)],
  ])('cuts a ring that %s', (_, ring) => {
    const { geometry, bbox } = geographicPolygons([[ring]]);
    if (geometry.type !== 'MultiPolygon') throw new Error(geometry.type);
    expect(new Set(geometry.coordinates.map(([outer = []]) => corners(outer)))).toEqual(
      new Set(['-179,-17 -179,-18 -180,-17 -180,-18', '179,-17 179,-18 180,-17 180,-18']),
    );
    expect(geometry.coordinates.flat().every((outer) => ringArea(outer) > 0)).toBe(true);
    expect(bbox).toEqual([179, -18, -179, -17]);
  });

  it('turns what lies beyond 180 back, holes with it', () => {
    const { geometry, bbox } = geographicPolygons([[box(190, 0, 192, 2), box(190.5, 0.5, 191, 1)]]);
    expect(bbox).toEqual([-170, 0, -168, 2]);
    expect(
      geometry.coordinates
        .flat(2)
        .flat()
        .every((v) => v >= -170 && v <= 2),
    ).toBe(true);
  });

  it('cuts a hole that crosses', () => {
    const { geometry } = geographicPolygons([[box(178, 0, -178, 4), box(179, 1, -179, 3)]]);
    const area = (geometry.coordinates as number[][][][])
      .flat()
      .reduce((sum, ring) => sum + ringArea(ring), 0);
    expect(geometry.type).toBe('MultiPolygon');
    expect(area).toBeCloseTo(4 * 4 - 2 * 2, 9);
  });

  it('keeps the box of parts on both sides narrow', () => {
    const parts = [[box(178, 0, 179, 1)], [box(-179, 0, -178, 1)]];
    expect(geographicPolygons(parts).bbox).toEqual([178, 0, -178, 1]);
  });

  it('closes a ring round a pole along it', () => {
    const ring = [0, 60, 120, 180, -120, -60].map((lon): LonLat => [lon, -89]);
    const { geometry, bbox } = geographicPolygons([[ring]]);
    const pieces = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    expect(pieces.flat().reduce((sum, outer) => sum + ringArea(outer), 0)).toBeCloseTo(360, 6);
    expect(bbox).toEqual([-180, -90, 180, -89]);
  });

  it('does not take the whole earth for nothing', () => {
    const eighths = Array.from({ length: 9 }, (_, i) => -180 + 45 * i);
    const ring = [
      ...eighths.map((lon): LonLat => [lon, -90]),
      ...eighths.reverse().map((lon): LonLat => [lon, 90]),
    ];
    const { geometry, bbox } = geographicPolygons([[ring]]);
    expect(geometry.type).toBe('Polygon');
    expect(bbox).toEqual([-180, -90, 180, 90]);
  });
});
