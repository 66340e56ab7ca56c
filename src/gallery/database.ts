import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';

/** A blob of a row, as DuckDB gives it. */
export const blobSchema = z.object({ bytes: z.instanceof(Uint8Array) }).transform(({ bytes }) => bytes);

/**
 * Runs `use` on a database in memory; it holds nothing that is not in the gallery's files. DuckDB takes a while to load: only who
 * asks it waits for it.
 */
export async function withDatabase<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    // Geometry stays WKB in a blob, and we write the `geo` metadata.
    await connection.run('SET enable_geoparquet_conversion = false');
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Text as an SQL literal. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
