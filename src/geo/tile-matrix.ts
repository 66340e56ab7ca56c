import type { Affine } from './affine.ts';
import type { LonLatBox } from './lon-lat-box.ts';

/** An upright grid of pixels in a CRS: what a map tile, or any picture of a map, shows. */
export interface PictureGrid {
  /** `EPSG:n` or `OGC:CRS84`; x (longitude) first. */
  readonly crs: string;
  readonly width: number;
  readonly height: number;
  readonly transform: Affine;
}

/** A pyramid of square map tiles, each level twice as fine as the one above (OGC 17-083r4). */
export interface TileMatrixSet {
  readonly id: 'WebMercatorQuad' | 'WorldCRS84Quad';
  readonly crs: string;
  /** Of the CRS and of the set itself, as OGC registers them. */
  readonly crsUri: string;
  readonly crsUrn: string;
  readonly uri: string;
  readonly wellKnownScaleSet: string;
  /** Upper left corner of every level, in CRS units. */
  readonly origin: readonly [x: number, y: number];
  /** CRS units of a pixel of level 0 of 256 pixels; metres on the ground of a unit, as scale denominators count. */
  readonly cellSize: number;
  readonly metresPerUnit: number;
  /** Map tiles of level 0. */
  readonly columns: number;
  readonly rows: number;
}

export const TILE_PIXELS = 256;
export const MOST_ZOOM = 24;

const EARTH_RADIUS = 6378137;
const HALF_TURN = Math.PI * EARTH_RADIUS;
/** A pixel of a standard screen, metres (OGC). */
const STANDARD_PIXEL = 0.00028;

export const WEB_MERCATOR_QUAD: TileMatrixSet = {
  id: 'WebMercatorQuad',
  crs: 'EPSG:3857',
  crsUri: 'http://www.opengis.net/def/crs/EPSG/0/3857',
  crsUrn: 'urn:ogc:def:crs:EPSG::3857',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad',
  wellKnownScaleSet: 'urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible',
  origin: [-HALF_TURN, HALF_TURN],
  cellSize: (2 * HALF_TURN) / TILE_PIXELS,
  metresPerUnit: 1,
  columns: 1,
  rows: 1,
};

export const WORLD_CRS84_QUAD: TileMatrixSet = {
  id: 'WorldCRS84Quad',
  crs: 'OGC:CRS84',
  crsUri: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
  crsUrn: 'urn:ogc:def:crs:OGC:1.3:CRS84',
  uri: 'http://www.opengis.net/def/tilematrixset/OGC/1.0/WorldCRS84Quad',
  wellKnownScaleSet: 'urn:ogc:def:wkss:OGC:1.0:GoogleCRS84Quad',
  origin: [-180, 90],
  cellSize: 180 / TILE_PIXELS,
  metresPerUnit: HALF_TURN / 180,
  columns: 2,
  rows: 1,
};

export const TILE_MATRIX_SETS: readonly TileMatrixSet[] = [WEB_MERCATOR_QUAD, WORLD_CRS84_QUAD];

export interface TileAddress {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

export const cellSizeAt = (set: TileMatrixSet, z: number): number => set.cellSize / 2 ** z;

export const scaleDenominatorAt = (set: TileMatrixSet, z: number): number =>
  (cellSizeAt(set, z) * set.metresPerUnit) / STANDARD_PIXEL;

/** Columns and rows of a level. */
export const matrixSize = (set: TileMatrixSet, z: number): { columns: number; rows: number } => ({
  columns: set.columns * 2 ** z,
  rows: set.rows * 2 ** z,
});

/** Whether there is such a map tile: whole numbers within the level. */
export function isTile(set: TileMatrixSet, { z, x, y }: TileAddress): boolean {
  if (![z, x, y].every(Number.isSafeInteger) || z < 0 || z > MOST_ZOOM) return false;
  const { columns, rows } = matrixSize(set, z);
  return x >= 0 && x < columns && y >= 0 && y < rows;
}

/** The pixels of a map tile; `scale` 2 for screens of double density. */
export function tileGrid(set: TileMatrixSet, { z, x, y }: TileAddress, scale: 1 | 2 = 1): PictureGrid {
  const cell = cellSizeAt(set, z);
  const side = cell * TILE_PIXELS;
  const pixel = cell / scale;
  return {
    crs: set.crs,
    width: TILE_PIXELS * scale,
    height: TILE_PIXELS * scale,
    transform: [set.origin[0] + x * side, pixel, 0, set.origin[1] - y * side, 0, -pixel],
  };
}

/** The level whose pixels come nearest to `units` of the CRS, rounded towards the finer. */
export const zoomOf = (set: TileMatrixSet, units: number): number =>
  Math.max(0, Math.min(MOST_ZOOM, Math.ceil(Math.log2(set.cellSize / units) - 0.1)));

/** Degrees to the units of a set's CRS; latitudes end where Web Mercator does. */
export function project(set: TileMatrixSet, lon: number, lat: number): [x: number, y: number] {
  if (set.id === 'WorldCRS84Quad') return [lon, lat];
  const limit = 85.0511287798066;
  const phi = (Math.max(-limit, Math.min(limit, lat)) * Math.PI) / 180;
  return [(lon / 180) * HALF_TURN, EARTH_RADIUS * Math.asinh(Math.tan(phi))];
}

/** The map tiles of a level that a box meets, ends included; a box across the antimeridian takes whole rows. */
export function tileRange(set: TileMatrixSet, z: number, box: LonLatBox) {
  const [west = -180, south = -90, east = 180, north = 90] = box;
  const { columns, rows } = matrixSize(set, z);
  const side = cellSizeAt(set, z) * TILE_PIXELS;
  const [left, bottom] = project(set, west <= east ? west : -180, south);
  const [right, top] = project(set, west <= east ? east : 180, north);
  const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
  return {
    minColumn: within(Math.floor((left - set.origin[0]) / side), columns),
    maxColumn: within(Math.ceil((right - set.origin[0]) / side) - 1, columns),
    minRow: within(Math.floor((set.origin[1] - top) / side), rows),
    maxRow: within(Math.ceil((set.origin[1] - bottom) / side) - 1, rows),
  };
}

/** The degrees that a picture covers; null where its CRS is none of those of the sets. */
export function pictureBox({ crs, width, height, transform }: PictureGrid): LonLatBox | null {
  const [left, top] = [transform[0], transform[3]];
  const [right, bottom] = [left + width * transform[1], top + height * transform[5]];
  if (crs === WORLD_CRS84_QUAD.crs) return [left, bottom, right, top];
  if (crs !== WEB_MERCATOR_QUAD.crs) return null;
  const lat = (y: number) => (Math.atan(Math.sinh(y / EARTH_RADIUS)) * 180) / Math.PI;
  return [(left / HALF_TURN) * 180, lat(bottom), (right / HALF_TURN) * 180, lat(top)];
}
