import type { Geometry } from 'gdal-async';
import type { LonLat } from '../geo/ground-distance.ts';
import { turnsTowards } from '../geo/lon-lat-box.ts';
import type { Polygons } from '../geo/polygon-wkb.ts';
import { gdal } from './gdal.ts';

export type FootprintGeometry =
  { type: 'Polygon'; coordinates: number[][][] } | { type: 'MultiPolygon'; coordinates: number[][][][] };

export interface Footprint {
  readonly geometry: FootprintGeometry;
  /** West, south, east, north; west > east where the footprint crosses the antimeridian. */
  readonly bbox: [number, number, number, number];
}

/** An open ring (the last point is not the first again); neighbours are less than half a turn apart. */
type Ring = readonly LonLat[];

/**
 * Polygons on the earth, each an outer ring and holes, as RFC 7946 wants them: cut at the antimeridian (section 3.1.9),
 * outer rings anticlockwise, the box's west greater than its east where it crosses (section 5.2). A ring around a pole
 * is closed along it. Degrees are rounded to 1e-9.
 */
export function geographicPolygons(polygons: readonly (readonly Ring[])[]): Footprint {
  const flat = polygons.map(([outer = [], ...holes]) => {
    const unrolled = aroundPole(unroll(outer));
    const moved = shift(unrolled, turnsTowards(middle(unrolled), 0));
    return [
      moved,
      ...holes.map(unroll).map((hole) => shift(hole, turnsTowards(middle(hole), middle(moved)))),
    ];
  });
  const [first] = flat;
  // All parts on one side of the cut first, so that the box is the narrow one.
  const reference = middle(first?.[0] ?? []);
  const together = flat.map((rings) =>
    rings.map((ring) => shift(ring, turnsTowards(middle(rings[0] ?? []), reference))),
  );
  const pieces = together.flatMap(cut).map((rings) => rings.map((ring, i) => closed(ring, i === 0)));
  const [only] = pieces;
  const geometry: FootprintGeometry =
    pieces.length === 1 && only !== undefined
      ? { type: 'Polygon', coordinates: only }
      : { type: 'MultiPolygon', coordinates: pieces };
  return { geometry, bbox: boxOf(together) };
}

/** A geometry's polygons as flat rings. */
export function flatPolygons({ type, coordinates }: FootprintGeometry): Polygons {
  const polygons = type === 'Polygon' ? [coordinates] : coordinates;
  return polygons.map((rings) => rings.map((ring) => Float64Array.from(ring.slice(0, -1).flat())));
}

/** Longitudes without jumps. */
function unroll(ring: Ring): LonLat[] {
  let before = ring[0]?.[0] ?? 0;
  return ring.map(([lon, lat]) => {
    before = lon + turnsTowards(lon, before);
    return [before, lat];
  });
}

/** A ring that goes once round the earth holds a pole: closed along the pole's parallel. */
function aroundPole(ring: LonLat[]): LonLat[] {
  const [first, last] = [ring[0], ring.at(-1)];
  if (first === undefined || last === undefined) return ring;
  const end = first[0] + turnsTowards(first[0], last[0]);
  if (Math.abs(end - first[0]) < 180) return ring;
  const pole = last[1] > 0 ? 90 : -90;
  return [...ring, [end, first[1]], [end, pole], [first[0], pole]];
}

const shift = (ring: readonly LonLat[], degrees: number): LonLat[] =>
  ring.map(([lon, lat]) => [lon + degrees, lat]);

function middle(ring: Ring): number {
  const lons = ring.map(([lon]) => lon);
  return (Math.min(...lons) + Math.max(...lons)) / 2;
}

/** A polygon's pieces within -180..180 degrees, those beyond turned back into it; rings closed. */
function cut(rings: readonly Ring[]): number[][][][] {
  const whole = rings.map((ring) => [...ring, ...ring.slice(0, 1)].map((point) => [...point]));
  const lons = (rings[0] ?? []).map(([lon]) => lon);
  if (Math.min(...lons) >= -180 && Math.max(...lons) <= 180) return [whole];
  const polygon = gdal.Geometry.fromGeoJson({ type: 'Polygon', coordinates: whole });
  return [-360, 0, 360].flatMap((turn) => {
    const world = gdal.Geometry.fromGeoJson({ type: 'Polygon', coordinates: [worldRing(turn)] });
    return polygonsIn(polygon.intersection(world)).map((piece) =>
      piece.map((ring) => ring.map(([lon = 0, lat = 0]) => [lon - turn, lat])),
    );
  });
}

const worldRing = (turn: number): number[][] => [
  [turn - 180, -90],
  [turn + 180, -90],
  [turn + 180, 90],
  [turn - 180, 90],
  [turn - 180, -90],
];

function polygonsIn(geometry: Geometry): number[][][][] {
  if (geometry.isEmpty()) return [];
  const { type, coordinates } = geometry.toObject() as { type: string; coordinates: unknown };
  if (type === 'Polygon') return [coordinates as number[][][]];
  if (type === 'MultiPolygon') return coordinates as number[][][][];
  // Where a part merely touches the cut, points and lines come with the polygons.
  if (geometry instanceof gdal.GeometryCollection)
    return geometry.children.map((child) => polygonsIn(child)).flat();
  return [];
}

/** A closed ring, rounded, running anticlockwise if it is an outer one. */
function closed(ring: readonly (readonly number[])[], outer: boolean): number[][] {
  const rounded = ring.map((point) => point.map((v) => Math.round(v * 1e9) / 1e9));
  return ringArea(rounded) > 0 === outer ? rounded : rounded.reverse();
}

/** Signed area of a ring, positive where it runs anticlockwise (y up). */
export function ringArea(ring: readonly (readonly number[])[]): number {
  let twice = 0;
  ring.forEach(([x = 0, y = 0], i) => {
    const [nx = 0, ny = 0] = ring[(i + 1) % ring.length] ?? [];
    twice += x * ny - nx * y;
  });
  return twice / 2;
}

function boxOf(polygons: readonly (readonly Ring[])[]): Footprint['bbox'] {
  const points = polygons.flat(2);
  const round = (v: number) => Math.round(v * 1e9) / 1e9;
  const [lons, lats] = [points.map(([lon]) => lon), points.map(([, lat]) => lat)];
  const range = (values: number[]) => [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const [west = 0, east = 0] = range(lons);
  const [south = 0, north = 0] = range(lats);
  // All of the earth's longitudes: no side to cross from.
  if (east - west >= 360) return [-180, round(south), 180, round(north)];
  const back = (lon: number) => round(lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon);
  return [back(west), round(south), back(east), round(north)];
}
