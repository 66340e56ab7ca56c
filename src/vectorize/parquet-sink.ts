import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import { temporaryBeside } from '../core/atomic-file.ts';
import { resourceError } from '../core/errors.ts';
import { openDatabase, quoted } from '../geo/duckdb.ts';
import { geoParquetMetadata } from '../geo/geoparquet.ts';
import { projjsonOfWkt } from '../geo/projjson.ts';
import { describeCrs, parseCrs } from '../raster/crs.ts';
import { hilbertIndex } from './hilbert.ts';
import type { MappedObject } from './schema.ts';
import type { SinkRequest, VectorSink } from './vector-sink.ts';
import { polygonsToWkb, type Polygons } from '../geo/polygon-wkb.ts';

const COLUMNS = `
  hilbert UBIGINT, id VARCHAR, class VARCHAR, value UTINYINT, area_m2 DOUBLE, perimeter_m DOUBLE, pixels BIGINT,
  confidence FLOAT, bucket INTEGER, seam_share FLOAT, scene VARCHAR, run VARCHAR,
  xmin DOUBLE, ymin DOUBLE, xmax DOUBLE, ymax DOUBLE, geometry BLOB`;

/** Rows of a group: what a reader that wants a small area has to read at least. */
const GROUP_ROWS = 16_384;
/** What sorting may hold in memory; beyond it goes to the disk, beside the file. */
const SORT_MEMORY = '512MB';

type Box = [minX: number, minY: number, maxX: number, maxY: number];

/**
 * GeoParquet 1.1: geometry as WKB, bounds of each object in a `bbox` column that covers it, rows along Hilbert's curve.
 * DuckDB sorts and writes; it keeps what it cannot hold in a temporary folder beside the file.
 */
export async function openParquet({ path, crs, bounds }: SinkRequest): Promise<VectorSink> {
  const folder = temporaryBeside(path);
  await mkdir(dirname(path), { recursive: true });
  await mkdir(folder);
  const file = join(folder, 'objects.parquet');
  const { connection, close: closeDatabase } = await openDatabase({
    memory_limit: SORT_MEMORY,
    temp_directory: join(folder, 'sort'),
    preserve_insertion_order: 'false',
  });
  await connection.run(`CREATE TABLE objects (${COLUMNS})`);
  const appender = await connection.createAppender('objects');
  const whole: Box = [Infinity, Infinity, -Infinity, -Infinity];
  const kinds = new Set<string>();
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    closeDatabase();
  };
  return {
    write(objects) {
      for (const object of objects) {
        const box = boxOf(object.polygons);
        grow(whole, box);
        kinds.add(object.polygons.length === 1 ? 'Polygon' : 'MultiPolygon');
        const place = hilbertIndex(bounds, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2);
        appendObject(appender, object, { place, box });
      }
      appender.flushSync();
      return Promise.resolve();
    },
    async finish() {
      appender.closeSync();
      const geo = JSON.stringify(geoOf(crs, [...kinds].sort(), kinds.size > 0 ? whole : null));
      await connection
        .run(
          `COPY (SELECT * EXCLUDE (hilbert, xmin, ymin, xmax, ymax, geometry),
             {'xmin': xmin, 'ymin': ymin, 'xmax': xmax, 'ymax': ymax} AS bbox, geometry FROM objects ORDER BY hilbert, id)
           TO ${quoted(file)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${GROUP_ROWS}, KV_METADATA {geo: ${quoted(geo)}})`,
        )
        .catch((error: unknown) => {
          throw cannotWrite(path, error);
        });
      close();
      await rename(file, path);
      await rm(folder, { recursive: true, force: true });
    },
    async abort() {
      try {
        close();
      } catch {
        // What cannot be closed is removed all the same.
      }
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

function boxOf(polygons: Polygons): Box {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [outer = new Float64Array(0)] of polygons) {
    for (let i = 0; i < outer.length; i += 2) {
      const [x, y] = [outer[i] as number, outer[i + 1] as number];
      if (x < minX) minX = x;
      if (x > maxX) maxX = x;
      if (y < minY) minY = y;
      if (y > maxY) maxY = y;
    }
  }
  return [minX, minY, maxX, maxY];
}

function grow(box: Box, by: Box): void {
  if (by[0] < box[0]) box[0] = by[0];
  if (by[1] < box[1]) box[1] = by[1];
  if (by[2] > box[2]) box[2] = by[2];
  if (by[3] > box[3]) box[3] = by[3];
}

function appendObject(
  appender: DuckDBAppender,
  object: MappedObject,
  { place, box }: { place: number; box: Box },
): void {
  appender.appendUBigInt(BigInt(place));
  appender.appendVarchar(object.id);
  appender.appendVarchar(object.name);
  appender.appendUTinyInt(object.value);
  appender.appendDouble(object.areaM2);
  appender.appendDouble(object.perimeterM);
  appender.appendBigInt(BigInt(object.pixels));
  if (object.confidence === null) appender.appendNull();
  else appender.appendFloat(object.confidence);
  if (object.bucket === null) appender.appendNull();
  else appender.appendInteger(object.bucket);
  if (object.seamShare === null) appender.appendNull();
  else appender.appendFloat(object.seamShare);
  appender.appendVarchar(object.scene);
  appender.appendVarchar(object.run);
  for (const value of box) appender.appendDouble(value);
  appender.appendBlob(polygonsToWkb(object.polygons));
  appender.endRow();
}

const geoOf = (crs: string, types: readonly string[], bbox: Box | null) =>
  geoParquetMetadata(types, bbox, {
    crs: projjsonOfWkt(describeCrs(parseCrs(crs)).wkt2),
    orientation: 'counterclockwise',
    edges: 'planar',
  });

const cannotWrite = (path: string, error: unknown) =>
  resourceError(
    'VECTOR_WRITE_FAILED',
    `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    {
      hint: 'See whether the disk is full, and that the folder can be written to.',
      context: { file: path },
      cause: error,
    },
  );
