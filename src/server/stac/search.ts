import { boxesMeet, type LonLatBox } from '../../geo/lon-lat-box.ts';
import { gdal } from '../../raster/gdal.ts';
import { badRequest } from '../problem.ts';
import { byPlace, type EntryPlace, type StacEntry } from './stac-entry.ts';

/** What Items are asked for; members left out ask for nothing. */
export interface StacSearch {
  readonly ids?: readonly string[] | undefined;
  readonly collections?: readonly string[] | undefined;
  readonly bbox?: LonLatBox | undefined;
  /** From and to, milliseconds, both included. */
  readonly datetime?: readonly [number, number] | undefined;
  /** GeoJSON. */
  readonly intersects?: { readonly type: string } | undefined;
  readonly limit: number;
  /** The last one of the page before. */
  readonly after?: EntryPlace | undefined;
}

export interface StacPage {
  readonly entries: readonly StacEntry[];
  readonly matched: number;
  /** The last one, where more follow. */
  readonly next: EntryPlace | null;
}

/** The page of entries that a search asks for. Throws 400 for a geometry that is none. */
export function searchEntries(all: readonly StacEntry[], search: StacSearch): StacPage {
  const meets = geometryTest(search);
  const { ids, collections, bbox, datetime, after } = search;
  const found = all.filter(
    (entry) =>
      (ids === undefined || ids.includes(entry.id)) &&
      (collections === undefined || collections.includes(entry.collection)) &&
      (bbox === undefined || boxesMeet(entry.box, bbox)) &&
      (datetime === undefined || (entry.from <= datetime[1] && entry.to >= datetime[0])) &&
      meets(entry),
  );
  const rest = after === undefined ? found : found.filter((entry) => byPlace(entry, after) > 0);
  const entries = rest.slice(0, search.limit);
  return {
    entries,
    matched: found.length,
    next: rest.length > entries.length ? (entries.at(-1) ?? null) : null,
  };
}

/** Whether an entry's outline has a point in common with what is asked for. */
function geometryTest({ intersects, bbox }: StacSearch): (entry: StacEntry) => boolean {
  const asked = intersects ?? (bbox === undefined ? null : boxGeometry(bbox));
  if (asked === null) return () => true;
  const wanted = geometryOf(asked);
  return (entry) => {
    try {
      return gdal.Geometry.fromGeoJson(entry.geometry).intersects(wanted);
    } catch {
      return false;
    }
  };
}

function geometryOf(geoJson: object) {
  try {
    const geometry = gdal.Geometry.fromGeoJson(geoJson);
    if (geometry.isEmpty()) throw new Error('empty');
    return geometry.isValid() ? geometry : geometry.makeValid();
  } catch {
    throw badRequest('BAD_GEOMETRY', 'intersects is no GeoJSON geometry with a place on the earth.');
  }
}

/** A box as a polygon, or two where it crosses the antimeridian. */
function boxGeometry([west = 0, south = 0, east = 0, north = 0]: LonLatBox) {
  const ring = (left: number, right: number) => [
    [
      [left, south],
      [right, south],
      [right, north],
      [left, north],
      [left, south],
    ],
  ];
  return west <= east
    ? { type: 'Polygon', coordinates: ring(west, east) }
    : { type: 'MultiPolygon', coordinates: [ring(west, 180), ring(-180, east)] };
}
