import type { DuckDBConnection } from '@duckdb/node-api';
import { z } from 'zod';

/** A blob of a row, as DuckDB gives it. */
export const blobSchema = z.object({ bytes: z.instanceof(Uint8Array) }).transform(({ bytes }) => bytes);

export interface Database {
  readonly connection: DuckDBConnection;
  readonly close: () => void;
}

/**
 * Opens a database in memory, which reads and writes Parquet. Geometry stays WKB in a blob, and we write the `geo` metadata.
 * DuckDB takes a while to load: only who asks it waits for it.
 */
export async function openDatabase(settings: Record<string, string> = {}): Promise<Database> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', settings);
  const connection = await instance.connect();
  await connection.run('SET enable_geoparquet_conversion = false');
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Runs `use` on a database in memory, which ends with it. */
export async function withDatabase<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { connection, close } = await openDatabase();
  try {
    return await use(connection);
  } finally {
    close();
  }
}

/** Text as an SQL literal. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
