import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';
import { inputError } from '../core/errors.ts';
import { blobSchema, openDatabase, quoted } from '../geo/duckdb.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, type SpatialReference } from '../raster/gdal.ts';
import { geometryOf, textOf, type VectorFeature, type VectorSource } from './vector-feature.ts';

export const isParquet = (href: string): boolean => /\.(geo)?parquet$/i.test(href);

/** The `geo` metadata of a GeoParquet 1.x file, as far as it is needed. */
const geoSchema = z.object({
  primary_column: z.string(),
  columns: z.record(z.string(), z.object({ encoding: z.string(), crs: z.unknown().optional() })),
});

/**
 * Opens a GeoParquet file (WKB encoding) with DuckDB, without its spatial extension. No `crs` in the metadata means
 * longitude and latitude, as GeoParquet says; `crs: null` means unknown. Throws input errors FILE_UNREADABLE, NOT_GEOPARQUET.
 */
export async function openGeoParquet(href: string): Promise<VectorSource> {
  const { connection, close } = await openDatabase();
  try {
    const { column, srs } = await readGeo(connection, href);
    const described = await rows(connection, `DESCRIBE SELECT * FROM read_parquet(${quoted(href)})`);
    const names = described.map((row) => String(row[0]));
    const count = Number(
      (await rows(connection, `SELECT count(*) FROM read_parquet(${quoted(href)})`))[0]?.[0] ?? 0,
    );
    return {
      href,
      layer: null,
      srs,
      fields: names.filter((name) => name !== column),
      count,
      features: (attribute) => features(connection, href, { column, attribute }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

const quotedName = (text: string): string => `"${text.replaceAll('"', '""')}"`;

async function rows(connection: DuckDBConnection, sql: string): Promise<unknown[][]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

async function readGeo(
  connection: DuckDBConnection,
  href: string,
): Promise<{ column: string; srs: SpatialReference | null }> {
  const found = await rows(
    connection,
    `SELECT decode(value) FROM parquet_kv_metadata(${quoted(href)}) WHERE decode(key) = 'geo'`,
  ).catch((error: unknown) => {
    throw inputError(
      'FILE_UNREADABLE',
      `${href} cannot be opened as Parquet: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: 'Check that the file is whole.',
        context: { file: href },
        cause: error,
      },
    );
  });
  const text = found[0]?.[0];
  if (typeof text !== 'string') throw notGeo(href, 'it has no `geo` metadata');
  const geo = geoSchema.safeParse(JSON.parse(text));
  const column = geo.data?.columns[geo.data.primary_column];
  if (!geo.success || column === undefined) throw notGeo(href, 'its `geo` metadata cannot be understood');
  if (column.encoding !== 'WKB') throw notGeo(href, `its geometry is encoded as ${column.encoding}`);
  const { crs } = column;
  const srs = crs === null ? null : parseCrs(crs === undefined ? 'OGC:CRS84' : JSON.stringify(crs));
  return { column: geo.data.primary_column, srs };
}

const notGeo = (href: string, why: string) =>
  inputError('NOT_GEOPARQUET', `${href} is Parquet, but not GeoParquet that can be read here: ${why}.`, {
    hint: 'Write it as GeoParquet 1.x with WKB geometry, or as FlatGeobuf or GeoPackage.',
    context: { file: href },
  });

async function* features(
  connection: DuckDBConnection,
  href: string,
  columns: { column: string; attribute: string | null },
): AsyncGenerator<VectorFeature> {
  const value = columns.attribute === null ? 'NULL' : quotedName(columns.attribute);
  const result = await connection.stream(
    `SELECT ${quotedName(columns.column)}, ${value} FROM read_parquet(${quoted(href)})`,
  );
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const [wkb, text] of chunk.getRows()) {
      yield { geometry: fromWkb(wkb), value: text === null || text === undefined ? null : textOf(text) };
    }
  }
}

function fromWkb(value: unknown): VectorFeature['geometry'] {
  if (value === null || value === undefined) return null;
  const parsed = blobSchema.safeParse(value);
  if (!parsed.success) return 'unreadable';
  return geometryOf(() => gdal.Geometry.fromWKB(Buffer.from(parsed.data)));
}
