import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { inputError } from '../core/errors.ts';
import type { LonLat } from '../geo/ground-distance.ts';
import type { FootprintGeometry } from '../raster/geographic-polygons.ts';
import { footprintHolds, footprintOfWkb } from './chip-footprint.ts';
import { blobSchema, quoted, withDatabase } from '../geo/duckdb.ts';

/** A chip read back, with what its scene says. */
export interface FoundChip {
  readonly id: string;
  readonly scene: string;
  readonly place: string;
  readonly acquired: string | null;
  readonly href: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly gsdMetres: number;
  readonly validShare: number;
  readonly code: Uint8Array;
  readonly cluster: number | null;
  readonly bucket: number;
  readonly distance: number;
  readonly margin: number;
  readonly outline: FootprintGeometry;
  /** West, south, east, north; west > east where it crosses the antimeridian. */
  readonly box: readonly [number, number, number, number];
}

const SELECT = `SELECT chip, scene_id, place, strftime(acquired, '%Y-%m-%dT%H:%M:%SZ'), href, x, y, width, gsd_metres,
  valid_share, code, cluster, bucket, distance, margin, geometry, bbox.xmin, bbox.ymin, bbox.xmax, bbox.ymax`;

const rowSchema = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.string(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  z.number(),
  blobSchema,
  z.number().nullable(),
  z.number(),
  z.number(),
  z.number(),
  blobSchema,
  z.number(),
  z.number(),
  z.number(),
  z.number(),
]);

async function read(connection: DuckDBConnection, from: string): Promise<FoundChip[]> {
  const rows = (await connection.runAndReadAll(`${SELECT} FROM ${from}`)).getRows();
  return rows.map((row) => {
    const [id, scene, place, acquired, href, x, y, size, gsdMetres, validShare, code, ...rest] =
      rowSchema.parse(row);
    const [cluster, bucket, distance, margin, geometry, ...box] = rest;
    const where = { id, scene, place, acquired, href, x, y, size, gsdMetres, validShare };
    return { ...where, code, cluster, bucket, distance, margin, outline: footprintOfWkb(geometry), box };
  });
}

const parquet = (folder: string): string =>
  `read_parquet(${quoted(join(folder, 'chips.parquet'))}, file_row_number = true)`;
/** Parquet files of scenes, as one table. */
const allParquet = (folders: readonly string[]): string =>
  `read_parquet([${folders.map((folder) => quoted(join(folder, 'chips.parquet'))).join(', ')}])`;

/** Chips of one scene by their positions in codes.bin, in the order asked for. */
export const chipsAt = (folder: string, positions: readonly number[]): Promise<FoundChip[]> =>
  withDatabase(async (connection) => {
    const list = positions.map((row, order) => `(${row}, ${order})`).join(', ');
    return read(
      connection,
      `${parquet(folder)} JOIN (VALUES ${list}) AS asked(row_number, position) ON file_row_number = row_number ORDER BY position`,
    );
  });

/** All chips of scenes, or a sample of `most` that is the same every time; sorted by name. */
export const sampledChips = (folders: readonly string[], most: number): Promise<FoundChip[]> =>
  withDatabase((connection) =>
    read(
      connection,
      `(SELECT * FROM ${allParquet(folders)} ORDER BY hash(chip), chip LIMIT ${most}) ORDER BY scene_id, y, x`,
    ),
  );

/** The chip of that name. Throws input error NO_CHIP. */
export async function chipNamed(folders: readonly string[], id: string): Promise<FoundChip> {
  const [found] = await withDatabase((connection) =>
    read(connection, `${allParquet(folders)} WHERE chip = ${quoted(id)}`),
  );
  if (found !== undefined) return found;
  throw inputError('NO_CHIP', `There is no chip '${id}' in the gallery.`, {
    hint: 'A chip is named SCENE/ROW-COLUMN; LON,LAT finds one by its place, and a file can be given too.',
    context: { chip: id },
  });
}

/** A box whose west is greater than its east goes round by the antimeridian. */
const boxHoldsLon = (lon: number): string =>
  `CASE WHEN bbox.xmin <= bbox.xmax THEN bbox.xmin <= ${lon} AND bbox.xmax >= ${lon} ELSE bbox.xmin <= ${lon} OR bbox.xmax >= ${lon} END`;

/** The chips that hold a point, by scene. Throws input error NO_CHIP_THERE. */
export async function chipsAround(folders: readonly string[], point: LonLat): Promise<FoundChip[]> {
  const [lon, lat] = point;
  const near = await withDatabase((connection) =>
    read(
      connection,
      `${allParquet(folders)} WHERE ${boxHoldsLon(lon)} AND bbox.ymin <= ${lat} AND bbox.ymax >= ${lat} ORDER BY scene_id, chip`,
    ),
  );
  const found = near.filter(({ outline }) => footprintHolds(outline, point));
  if (found.length > 0) return found;
  throw inputError('NO_CHIP_THERE', `No chip of the gallery holds longitude ${lon}, latitude ${lat}.`, {
    hint: 'Longitude comes first, in degrees; `resflow scene list` shows where the scenes are.',
    context: { lon, lat },
  });
}

/** For each bucket some chips, those nearest to the centroid first, spread over the scenes. */
export const typicalChips = (
  folders: readonly string[],
  bucket: number,
  most: number,
): Promise<FoundChip[]> =>
  withDatabase((connection) =>
    read(
      connection,
      `(SELECT *, row_number() OVER (PARTITION BY scene_id ORDER BY distance, margin DESC, hash(chip)) AS turn
        FROM ${allParquet(folders)} WHERE bucket = ${bucket}) ORDER BY turn, distance, chip LIMIT ${most}`,
    ),
  );
